// Keys ------------------------------------------------------------------------------------------------------------------

const oneLetter = document.documentElement.dataset.keys !== 'off';
const keysList = $('#keys');
const showKeys = () => {
  const rows = [['Ctrl K', 'Search'], ...Object.entries(keyText), ['t', 'Light or dark'], ['?', 'These keys']];
  for (const link of document.querySelectorAll('nav [data-key]')) rows.push([`g ${link.dataset.key}`, `Go to ${$('span', link).textContent}`]);
  $('tbody', keysList).replaceChildren(...rows.filter(([keys]) => oneLetter || keys.split(' ').some(key => key.length > 1)).map(([keys, text]) => {
    const row = document.createElement('tr'), head = document.createElement('th'), cell = document.createElement('td');
    head.scope = 'row';
    head.append(...keys.split(' ').map(key => Object.assign(document.createElement('kbd'), { textContent: key })));
    cell.textContent = text;
    row.append(head, cell);
    return row;
  }));
  keysList.showModal();
  return true;
};
keyOn['?'] = showKeys;
$('#help').hidden = false;
$('#help').addEventListener('click', showKeys);

// g and a letter lead to a page of the side bar.
let began = -Infinity;
document.addEventListener('keydown', event => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.key === 'Shift') return;
  if (event.target.closest('input, select, textarea, [contenteditable]') || $('dialog[open]')) return;
  if (event.key.length === 1 && !oneLetter) return;
  const second = event.timeStamp - began < 2000;
  began = -Infinity;
  if (second ? follow(`nav [data-key="${CSS.escape(event.key)}"]`) : keyOn[event.key]?.()) event.preventDefault();
  else if (event.key === 'g') began = event.timeStamp;
});
