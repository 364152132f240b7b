// Forms with a preview --------------------------------------------------------------------------------------------------

const previewed = $('form[data-preview]');
if (previewed) {
  const shown = document.getElementById(previewed.dataset.preview);
  let due = 0, asked = 0;
  const refresh = async () => {
    const mine = ++asked, url = new URL(previewed.action);
    url.search = new URLSearchParams(new FormData(previewed));
    const html = await fragment(url, 'preview');
    if (mine !== asked) return;
    shown.innerHTML = html;
    history.replaceState(null, '', url);
    for (const count of previewed.querySelectorAll('[data-count]')) count.textContent = $(`[data-of="${count.dataset.count}"]`, shown)?.textContent ?? '';
  };
  previewed.addEventListener('input', () => {
    clearTimeout(due);
    asked++;
    const start = $('#start', shown);
    if (start) start.disabled = true;
    due = setTimeout(() => refresh().catch(() => previewed.submit()), 300);
  });
}
