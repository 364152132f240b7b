// Log -------------------------------------------------------------------------------------------------------------------

const MOST_ROWS = 1200;
const log = $('#log');

const appendLines = coalesced(async () => {
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  const url = new URL(location.href);
  for (;;) {
    const last = Number(log.dataset.last);
    url.searchParams.set('from', last + 1);
    const box = document.createElement('template');
    box.innerHTML = await fragment(url, 'lines');
    const part = box.content.firstElementChild;
    $('#total').textContent = Number(part.dataset.total).toLocaleString('en');
    const rows = [...part.children];
    if (rows.length === 0) break;
    $('#nolines')?.remove();
    $('#lines').append(...rows);
    log.dataset.last = rows.at(-1).id.slice(1);
    if ($('#last')) $('#last').textContent = Number(log.dataset.last).toLocaleString('en');
  }
  while ($('#lines').children.length > MOST_ROWS) $('#lines').firstElementChild.remove();
  if (atEnd) log.scrollTop = log.scrollHeight;
});

if (log?.dataset.follow && !location.hash) log.scrollTop = log.scrollHeight;

liveOn.log = ({ ended }) => {
  appendLines();
  if (ended) finish('Ended');
};

