// Keys ------------------------------------------------------------------------------------------------------------------

document.addEventListener('keydown', event => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest('input, select, textarea')) return;
  if (keyOn[event.key]?.()) event.preventDefault();
});
