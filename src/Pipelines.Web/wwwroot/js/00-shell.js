// The console's only script. Every page works without it; it adds live cells, the panel without a page load, keys and the theme.

const $ = (selector, root = document) => root.querySelector(selector);

// What the other parts add: what to do on a live event, and on a key, and what to call it. A key's act returns true when it did something.
const liveOn = {}, keyOn = {}, keyText = {};
const follow = selector => {
  const link = $(selector);
  link?.click();
  return Boolean(link);
};

// Theme: a cookie, so that the server draws the first frame in it.
const themeButton = $('#theme');
const toggleTheme = () => {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  root.dataset.theme = dark ? 'light' : 'dark';
  document.cookie = `theme=${root.dataset.theme};path=/;max-age=31536000;samesite=lax`;
};
keyOn.t = () => { toggleTheme(); return true; };
if (themeButton) {
  themeButton.hidden = false;
  themeButton.addEventListener('click', toggleTheme);
}

const fragment = async (url, part) => {
  const asked = new URL(url, location.href);
  asked.searchParams.set('part', part);
  const answer = await fetch(asked);
  if (!answer.ok) throw new Error(`${asked.pathname} answered ${answer.status}`);
  return answer.text();
};

// One call of the latest at a time; calls meanwhile become one more.
const coalesced = (work, wait = 0) => {
  let busy = false, again = false;
  const run = async () => {
    if (busy) { again = true; return; }
    busy = true;
    try {
      do {
        again = false;
        if (wait) await new Promise(done => setTimeout(done, wait));
        await work();
      } while (again);
    } catch { /* the next event, or the reader, asks again */ } finally { busy = false; }
  };
  return run;
};

// Puts a part in place; what is focused or unfolded in it stays so.
const nameOf = element => element.id || element.getAttribute('href') || element.textContent.trim();
const putPart = (part, html) => {
  const active = document.activeElement, held = part !== active && part.contains(active) ? nameOf(active) : null;
  const open = [...part.querySelectorAll('details[open] > summary')].map(nameOf);
  part.innerHTML = html;
  for (const summary of part.querySelectorAll('summary')) if (open.includes(nameOf(summary))) summary.parentElement.open = true;
  if (held) ([...part.querySelectorAll('a, button, summary')].find(one => nameOf(one) === held) ?? part).focus({ preventScroll: true });
};

// A sentence for who does not see the page, at most every five seconds; of several the last.
let toldAt = 0, telling = 0;
const announce = text => {
  clearTimeout(telling);
  telling = setTimeout(() => { toldAt = performance.now(); $('#told').textContent = text; }, Math.max(0, toldAt + 5000 - performance.now()));
};

// The zone of this browser, until its user chooses one.
if (!document.cookie.includes('tz=')) document.cookie = `tz=${encodeURIComponent(Intl.DateTimeFormat().resolvedOptions().timeZone)};path=/;max-age=31536000;samesite=lax`;


// A form that only filters is sent when a choice in it changes.
document.addEventListener('change', event => event.target.closest('form.auto')?.requestSubmit());
