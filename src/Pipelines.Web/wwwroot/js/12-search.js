
// Search ----------------------------------------------------------------------------------------------------------------

document.addEventListener('keydown', event => {
  if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey) || !$('#search')) return;
  event.preventDefault();
  $('#search').focus();
});
