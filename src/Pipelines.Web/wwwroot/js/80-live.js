// Live ------------------------------------------------------------------------------------------------------------------

const live = $('#live');
let source = null, hiding = 0, finished = false;

const say = (state, text) => {
  live.hidden = false;
  live.dataset.state = state;
  $('span', live).textContent = text;
};

const on = (name, act) => source.addEventListener(name, event => act(JSON.parse(event.data)));

liveOn.down = () => say('lost', 'Reconnecting');
liveOn.up = () => say('live', 'Live');
// A topic without deltas says only that something is new: the page's parts are asked for again, and focus stays where it was.
liveOn.stale = coalesced(async () => {
  for (const part of document.querySelectorAll('[data-part]')) {
    const html = await fragment(location.href, part.dataset.part);
    if (part.contains(document.activeElement) && document.activeElement.matches('input, select, textarea')) continue;
    if (part.innerHTML === html) continue;
    putPart(part, html);
  }
  document.dispatchEvent(new Event('renewed'));
}, 100);
const finish = text => {
  source?.close();
  source = null;
  finished = true;
  say('paused', text);
};

const connect = () => {
  const url = new URL(live.dataset.url, location.href);
  const seen = $('[data-seen]')?.dataset.seen;
  if (seen) url.searchParams.set('seen', seen);
  source = new EventSource(url);
  source.onopen = () => say('live', 'Live');
  source.onerror = () => {
    say('lost', 'Reconnecting');
    // The browser gives up when the answer is an error page; a console that is coming back must be asked again.
    if (source.readyState === EventSource.CLOSED) setTimeout(() => { if (!document.hidden && !finished) connect(); }, 2000);
  };
  for (const [name, act] of Object.entries(liveOn)) on(name, act);
};

const watch = url => {
  source?.close();
  live.dataset.url = url;
  connect();
};

const pause = () => {
  source?.close();
  source = null;
  say('paused', 'Paused');
};

if (live) {
  connect();
  // A browser has few connections per host: a tab that nobody looks at gives its own back.
  document.addEventListener('visibilitychange', () => {
    clearTimeout(hiding);
    if (document.hidden) hiding = setTimeout(pause, 30_000);
    else if (!source && !finished) connect();
  });
}

