
// Search ----------------------------------------------------------------------------------------------------------------

// A dialog over any page; the page of search answers what is typed. Without script the form in the top bar leads there.
const finder = $('#finder');
if (finder) {
  const input = $('input', finder), found = $('#found'), says = $('[role=status]', finder);
  const links = () => [...found.querySelectorAll('a')];
  let answered = '';
  const look = coalesced(async () => {
    const asked = input.value.trim();
    if (asked === answered) return;
    found.innerHTML = asked ? await fragment(`/search?q=${encodeURIComponent(asked)}`, 'found') : '';
    answered = asked;
    const count = links().length;
    says.textContent = !asked ? '' : count === 1 ? '1 result' : `${count} results`;
    if (asked && !count) found.textContent = 'Nothing found';
  }, 100);
  input.addEventListener('input', look);
  finder.addEventListener('keydown', event => {
    const places = [input, ...links()], at = places.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1 + places.length }[event.key];
    if (to !== undefined) places[to % places.length].focus();
    else if (event.key !== 'Enter' || at !== 0 || answered !== input.value.trim() || !places[1]) return;
    else places[1].click();
    event.preventDefault();
  });
  document.addEventListener('keydown', event => {
    if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    event.preventDefault();
    if (!$('dialog[open]')) finder.showModal();
    input.select();
  });
}
