
// Graph and tabs of a run ---------------------------------------------------------------------------------------------------

const canvas = $('.dots');
if (canvas) {
  const bar = $('#zoom');
  let zoom = 1;
  const set = to => {
    zoom = Math.min(2, Math.max(0.1, to));
    canvas.style.setProperty('--zoom', zoom);
    $('output', bar).textContent = `${Math.round(zoom * 100)}%`;
    return true;
  };
  const fit = () => {
    const svg = $('svg.graph');
    return set(Math.min(1, canvas.clientWidth / svg.getAttribute('width'), canvas.clientHeight / svg.getAttribute('height')));
  };
  keyOn['+'] = keyOn['='] = () => set(zoom * 1.2);
  keyOn['-'] = () => set(zoom / 1.2);
  keyOn['0'] = () => set(1);
  keyOn.f = fit;
  Object.assign(keyText, { '+ -': 'Larger and smaller', 0: 'As it was', f: 'All of it' });
  bar.hidden = false;
  bar.addEventListener('click', event => keyOn[event.target.dataset.zoom]?.());
  canvas.addEventListener('wheel', event => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    set(zoom * (event.deltaY < 0 ? 1.1 : 1 / 1.1));
  }, { passive: false });
  canvas.addEventListener('pointerdown', event => {
    if (event.button || event.target.closest('a')) return;
    canvas.setPointerCapture(event.pointerId);
    canvas.onpointermove = move => canvas.scrollBy(-move.movementX, -move.movementY);
  });
  canvas.addEventListener('lostpointercapture', () => { canvas.onpointermove = null; });
  // A wide graph begins as small as it can still be read, at what is selected or in the middle of its first row.
  set(Math.max(0.7, Math.min(1, canvas.clientWidth / $('svg.graph').getAttribute('width'))));
  canvas.scrollLeft = (canvas.scrollWidth - canvas.clientWidth) / 2;
  $('.gn.sel')?.scrollIntoView({ block: 'center', inline: 'center' });
}

if ($('#runtabs')) {
  for (let n = 1; n <= 7; n++) keyOn[n] = () => follow(`#runtabs a:nth-child(${n})`);
  keyText['1 2 3 4 5 6 7'] = 'The tabs of the run';
}
