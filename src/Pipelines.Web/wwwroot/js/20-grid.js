// Grid ------------------------------------------------------------------------------------------------------------------

const grid = () => $('#grid');
const table = () => $('#grid table.grid');
const word = state => $(`.legend [data-state="${CSS.escape(state)}"] > span`)?.textContent ?? state;
const columnOf = run => [...table().tHead.rows[0].cells].findIndex(cell => cell.dataset.run === String(run));
const rowOf = task => [...table().tBodies[0].rows].find(row => row.dataset.task === task);

const select = (run, task) => {
  const part = grid();
  part.dataset.run = run ?? '';
  part.dataset.task = task ?? '';
  if (!table()) return;
  for (const cell of table().querySelectorAll('.sel, .cur')) cell.classList.remove('sel', 'cur');
  const column = run ? columnOf(run) : -1;
  if (column < 0) return;
  for (const row of table().rows) row.cells[column]?.classList.add('sel');
  if (task) rowOf(task)?.cells[column].classList.add('cur');
};

const showPanel = async href => {
  const url = new URL(href, location.href);
  const run = url.searchParams.get('run'), task = url.searchParams.get('task');
  select(run, task);
  const html = run ? await fragment(url, 'panel') : '';
  if ((grid().dataset.run || null) === run && (grid().dataset.task || null) === task) $('#panel').innerHTML = html;
};

const go = href => {
  history.pushState(null, '', href);
  showPanel(href).catch(() => location.reload());
};

const refreshPanel = coalesced(() => showPanel(location.href), 150);

const refreshGrid = coalesced(async () => {
  const scroll = $('.gscroll');
  const [left, top] = [scroll.scrollLeft, scroll.scrollTop];
  const html = await fragment(location.href, 'grid');
  grid().outerHTML = html;
  $('.gscroll').scrollTo(left, top);
}, 100);

const setCell = ({ run, task, state }) => {
  const column = columnOf(run), cell = column < 0 ? null : rowOf(task)?.cells[column];
  if (!cell) return;
  cell.className = [state, ...[...cell.classList].filter(name => name.length > 1)].join(' ');
  cell.firstElementChild?.setAttribute('aria-label', word(state));
  if (grid().dataset.run === String(run)) refreshPanel();
};

const setRun = ({ run, state, height }) => {
  const column = columnOf(run);
  const bar = column < 0 ? null : $('rect', table().tHead.rows[0].cells[column]);
  if (!bar) return;
  bar.setAttribute('class', `bar ${state}`);
  bar.setAttribute('height', height);
  bar.setAttribute('y', 58 - height);
  if (grid().dataset.run === String(run)) refreshPanel();
};

const setBackfill = progress => {
  const box = $(`[data-progress="${progress.id}"]`);
  if (!box) return;
  const done = progress.succeeded + progress.failed + progress.cancelled, total = Math.max(1, progress.total, done + progress.running);
  let x = 0;
  for (const [name, count] of [['s', progress.succeeded], ['f', progress.failed], ['c', progress.cancelled], ['r', progress.running]]) {
    const bar = $(`rect.${name}`, box);
    bar.setAttribute('x', `${100 * x / total}%`);
    bar.setAttribute('width', `${100 * count / total}%`);
    x += count;
  }
  $('.num', box).textContent = `${done} of ${total}${progress.failed ? `, ${progress.failed} failed` : ''}`;
};

const scrollToNewest = () => {
  const scroll = $('.gscroll');
  if (!scroll || !table()) return;
  const current = $('td.cur, th.run.sel', table());
  if (current) current.scrollIntoView({ block: 'nearest', inline: 'center' });
  else scroll.scrollLeft = scroll.scrollWidth;
};

if (grid()) {
  scrollToNewest();
  document.addEventListener('click', event => {
    if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const link = event.target.closest('table.grid a, #panel a.close');
    if (!link) return;
    event.preventDefault();
    if (link.classList.contains('close')) {
      const url = new URL(location.href);
      url.searchParams.delete('run');
      url.searchParams.delete('task');
      go(url.href);
    } else go(link.href);
  });
  addEventListener('popstate', () => showPanel(location.href).catch(() => location.reload()));
}

const step = (dx, dy) => {
  const current = table() && $('td.cur', table());
  if (!current) return false;
  const row = dy ? current.parentElement[dy > 0 ? 'nextElementSibling' : 'previousElementSibling'] : current.parentElement;
  const next = row?.cells[current.cellIndex + dx];
  const link = next?.tagName === 'TD' ? $('a', next) : null;
  if (!link) return false;
  go(link.href);
  next.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  return true;
};

liveOn.reload = refreshGrid;
liveOn.cell = delta => (table() ? setCell(delta) : refreshGrid());
liveOn.run = delta => (table() ? setRun(delta) : refreshGrid());
liveOn.backfill = setBackfill;

keyOn.ArrowLeft = () => step(-1, 0);
keyOn.ArrowRight = () => step(1, 0);
keyOn.ArrowUp = () => step(0, -1);
keyOn.ArrowDown = () => step(0, 1);
keyOn.l = () => follow('#panel a.pri');
keyOn.Escape = () => follow('#panel a.close');

