// The rules of accessibility that a page must keep, asked of the page as Chromium drew it. Answers with one sentence for each that is broken.
({ zoomed }) => {
  const wrong = [];
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const short = text => text.trim().replace(/\s+/g, ' ').slice(0, 60);
  const name = element => {
    const label = element.getAttribute('aria-label') ?? element.textContent;
    return `<${element.localName}${element.id ? ` id=${element.id}` : ''}${element.getAttribute('class') ? ` class="${element.getAttribute('class')}"` : ''}> ${short(label ?? '')}`;
  };
  const say = (rule, element, more = '') => wrong.push(`${rule}: ${element ? name(element) : ''}${more ? ` (${more})` : ''}`);
  const seen = element => element.checkVisibility({ visibilityProperty: true, opacityProperty: false }) && !element.closest('[aria-hidden=true]');

  // Names: label, aria, text. Text in SVG and images counts, what is hidden from readers does not.
  const text = node => {
    if (node.nodeType === 3) return node.data;
    if (node.nodeType !== 1 || node.getAttribute('aria-hidden') === 'true' || ['style', 'script'].includes(node.localName) || getComputedStyle(node).display === 'none') return '';
    if (node.getAttribute('aria-label')) return node.getAttribute('aria-label');
    if (node.localName === 'img') return node.alt;
    return [...node.childNodes].map(text).join('');
  };
  const byIds = ids => ids.split(/\s+/).map(id => document.getElementById(id)).filter(Boolean).map(text).join(' ');
  const nameOf = element => (element.getAttribute('aria-labelledby') ? byIds(element.getAttribute('aria-labelledby')) : '')
    || element.getAttribute('aria-label') || (element.labels?.length ? [...element.labels].map(text).join(' ') : '')
    || (['INPUT', 'SELECT', 'TEXTAREA'].includes(element.tagName) ? (['submit', 'button', 'reset'].includes(element.type) ? element.value : '') : text(element))
    || element.getAttribute('title') || '';

  const CONTROLS = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"], [role=button], [role=link]';
  const controls = all(CONTROLS).filter(seen).filter(element => !element.disabled);

  // The document, its landmarks and headings.
  if (document.documentElement.lang !== 'en') say('the document names its language');
  if (document.title.trim().length < 5 || document.title.trim().startsWith('·')) say('the title names object and state', null, document.title);
  const h1 = all('h1').filter(seen);
  if (h1.length !== 1) say('one h1', h1[1], `${h1.length}`);
  const mains = all('main, [role=main]').filter(seen);
  if (mains.length !== 1) say('one main');
  let level = 0;
  for (const heading of all('h1, h2, h3, h4, h5, h6').filter(seen)) {
    const next = Number(heading.localName[1]);
    if (!text(heading).trim()) say('a heading has text', heading);
    if (next > level + 1) say('headings skip no level', heading, `after h${level}`);
    level = next;
  }
  for (const landmark of ['nav', 'aside']) {
    const several = all(landmark).filter(seen);
    const names = several.map(one => nameOf2(one));
    if (several.length > 1 && (new Set(names).size < names.length || names.includes(''))) say('landmarks of a kind have names of their own', several[1], names.join(' | '));
  }
  function nameOf2(element) { return element.getAttribute('aria-label') || byIds(element.getAttribute('aria-labelledby') ?? ''); }
  if (!all('meta[name=viewport]').every(meta => !/user-scalable=no|maximum-scale/.test(meta.content))) say('the page can be zoomed');
  // A page that is loaded again by itself takes the reader's place away.
  for (const refresh of all('meta[http-equiv=refresh]')) say('no page reloads itself', refresh);

  // Ids and references.
  const ids = new Map();
  for (const element of all('[id]')) {
    if (!element.id.trim()) say('no empty id', element);
    if (ids.has(element.id)) say('an id stands once', element);
    ids.set(element.id, element);
  }
  for (const attribute of ['aria-labelledby', 'aria-describedby', 'aria-controls', 'aria-owns', 'aria-activedescendant', 'aria-errormessage', 'for', 'form', 'list', 'headers']) {
    for (const element of all(`[${attribute}]`)) {
      for (const id of element.getAttribute(attribute).split(/\s+/)) if (!ids.has(id)) say('what is referred to exists', element, `${attribute}=${id}`);
    }
  }
  for (const element of all('a[href^="#"]')) {
    const id = decodeURIComponent(element.getAttribute('href').slice(1));
    if (id && !document.getElementById(id)) say('a link within the page leads somewhere', element);
  }
  const ROLES = ['alert', 'application', 'button', 'dialog', 'grid', 'gridcell', 'group', 'img', 'list', 'listitem', 'log', 'meter', 'navigation', 'none', 'note', 'option', 'listbox', 'presentation', 'progressbar', 'region', 'row', 'search', 'status', 'switch', 'tab', 'tablist', 'tabpanel', 'toolbar'];
  for (const element of all('[role]')) if (!ROLES.includes(element.getAttribute('role'))) say('a role is one of ARIA', element, element.getAttribute('role'));
  const STATES = { 'aria-current': ['page', 'step', 'location', 'date', 'time', 'true', 'false'], 'aria-expanded': ['true', 'false'], 'aria-pressed': ['true', 'false', 'mixed'], 'aria-checked': ['true', 'false', 'mixed'], 'aria-selected': ['true', 'false'], 'aria-hidden': ['true', 'false'], 'aria-invalid': ['true', 'false', 'grammar', 'spelling'], 'aria-live': ['polite', 'assertive', 'off'], 'aria-sort': ['ascending', 'descending', 'none', 'other'] };
  for (const [attribute, values] of Object.entries(STATES)) {
    for (const element of all(`[${attribute}]`)) if (!values.includes(element.getAttribute(attribute))) say('an ARIA state has one of its values', element, `${attribute}="${element.getAttribute(attribute)}"`);
  }
  // aria-label does nothing on what is only a box.
  for (const element of all('div[aria-label], span[aria-label], i[aria-label], p[aria-label], div[aria-labelledby], span[aria-labelledby]')) if (!element.hasAttribute('role')) say('only what has a role is named', element);

  // Controls.
  for (const control of controls) {
    if (!short(nameOf(control))) say('a control has a name', control, control.outerHTML.slice(0, 120));
    if (control.matches('a, button') && control.querySelector('a, button, input, select, textarea, summary, [tabindex]:not([tabindex="-1"])')) say('no control in a control', control);
    const shown = short(control.innerText ?? '').toLowerCase(), spoken = short(nameOf(control)).toLowerCase();
    if (control.hasAttribute('aria-label') && control.matches('a, button') && /[a-z]{3}/.test(shown) && !spoken.includes(shown)) say('the name holds the text that is seen', control, shown);
    if (control.closest('[aria-hidden=true]')) say('nothing hidden from readers takes the focus', control);
  }
  for (const hidden of all('[aria-hidden=true]')) {
    for (const control of all('a[href]:not([tabindex="-1"]), button:not([tabindex="-1"]), input, select', hidden)) if (control.checkVisibility()) say('nothing hidden from readers takes the focus', control);
  }
  for (const element of all('[tabindex]')) if (element.tabIndex > 0) say('the order of focus is the order of the page', element);
  for (const group of all('fieldset')) if (seen(group) && !group.querySelector('legend')) say('a group of fields has a legend', group);
  for (const dialog of all('dialog')) if (!nameOf2(dialog)) say('a dialog has a name', dialog);
  const radios = Map.groupBy(all('input[type=radio]').filter(seen), radio => radio.name);
  for (const [group, several] of radios) if (!several.every(radio => radio.closest('fieldset, [role=radiogroup], [role=group]'))) say('radio buttons stand in a group', several[0], group);

  // Pictures, tables, lists.
  for (const image of all('img')) if (!image.hasAttribute('alt')) say('an image has a text', image);
  for (const svg of all('svg').filter(one => one.checkVisibility())) {
    const hidden = svg.closest('[aria-hidden=true]'), named = svg.getAttribute('role') && nameOf2(svg);
    if (!hidden && !named && !svg.querySelector('a') && svg.querySelector('path, rect, line, circle, polyline, text')) say('a picture is named or hidden', svg, svg.outerHTML.slice(0, 100));
    if (svg.getAttribute('role') === 'img' && svg.querySelector('a')) say('links in a picture can be reached by readers', svg);
  }
  for (const table of all('table').filter(seen)) {
    if (!table.querySelector('th')) say('a table has headings', table);
    for (const th of all('th', table)) if (!['row', 'col', 'rowgroup', 'colgroup'].includes(th.getAttribute('scope'))) say('a heading of a table says what it heads', th);
    for (const th of all('thead th', table)) if (!text(th).trim() && !th.getAttribute('aria-label')) say('a column has a heading', th, `column ${th.cellIndex} of ${short(text(table.tHead))}`);
  }
  for (const item of all('li')) if (!item.parentElement.matches('ul, ol, menu')) say('an item stands in a list', item);
  for (const list of all('ul, ol')) for (const child of list.children) if (!child.matches('li, script, template')) say('a list has items only', child);
  for (const child of all('dl > *')) if (!child.matches('dt, dd, div, script, template')) say('a list of terms has terms only', child);
  for (const term of all('dt, dd')) if (!term.closest('dl')) say('a term stands in its list', term);

  // Scrolling by keys: what scrolls holds a control, or takes the focus.
  for (const box of all('*')) {
    const style = getComputedStyle(box);
    if (!/auto|scroll/.test(style.overflowX + style.overflowY) || !seen(box) || box === document.body) continue;
    const scrolls = (box.scrollHeight > box.clientHeight + 1 && /auto|scroll/.test(style.overflowY)) || (box.scrollWidth > box.clientWidth + 1 && /auto|scroll/.test(style.overflowX));
    if (scrolls && box.tabIndex < 0 && !box.matches('textarea, select') && !all(CONTROLS, box).some(one => seen(one) && one.tabIndex >= 0)) say('what scrolls can be scrolled by keys', box);
  }

  // Colours. A colour is asked of a canvas, which knows every way to write one.
  const pen = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  const known = new Map();
  const colour = css => {
    if (!known.has(css)) {
      pen.clearRect(0, 0, 1, 1);
      pen.fillStyle = css;
      pen.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
      known.set(css, [r, g, b, a / 255]);
    }
    return known.get(css);
  };
  const over = (top, below) => [0, 1, 2].map(i => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ratio = (a, b) => { const [x, y] = [light(a), light(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };
  const behind = element => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      const back = colour(getComputedStyle(at).backgroundColor);
      if (back[3] > 0) layers.push(back);
      if (back[3] === 1) break;
    }
    return layers.reverse().reduce((below, top) => over(top, below), colour(getComputedStyle(document.documentElement).colorScheme === 'dark' ? '#0e1216' : '#fff'));
  };
  // Text of a picture stands on the last shape before it that holds its middle.
  const painted = label => {
    const box = label.getBoundingClientRect(), x = box.x + box.width / 2, y = box.y + box.height / 2;
    let back = behind(label.ownerSVGElement.parentElement);
    for (const shape of all('rect, path.n, circle', label.ownerSVGElement)) {
      if (!(shape.compareDocumentPosition(label) & Node.DOCUMENT_POSITION_FOLLOWING)) continue;
      const at = shape.getBoundingClientRect(), style = getComputedStyle(shape);
      if (x < at.left || x > at.right || y < at.top || y > at.bottom || style.fill === 'none' || style.fill.startsWith('url')) continue;
      const fill = colour(style.fill);
      back = over([fill[0], fill[1], fill[2], fill[3] * style.fillOpacity * style.opacity], back);
    }
    return back;
  };
  const told = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, holder = node.parentElement;
    if (!node.data.trim() || ['SCRIPT', 'STYLE', 'TITLE', 'title', 'OPTION', 'desc'].includes(holder.tagName) || !holder.checkVisibility({ visibilityProperty: true }) || holder.closest('[disabled], .vh, .sr, .skip')) continue;
    const style = getComputedStyle(holder), svg = holder.ownerSVGElement;
    let ink = colour(svg ? style.fill : style.color), opacity = 1;
    for (let at = holder; at; at = at.parentElement) opacity *= getComputedStyle(at).opacity;
    const back = svg ? painted(holder) : behind(holder);
    ink = over([ink[0], ink[1], ink[2], ink[3] * opacity], back);
    const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const found = ratio(ink, back), key = `${holder.className.baseVal ?? holder.className}${style.color}${back}`;
    if (found < (large ? 3 : 4.5) && !told.has(key)) { told.add(key); say('text has contrast', holder, `${found.toFixed(2)}, ${ink.slice(0, 3).map(Math.round)} on ${back.slice(0, 3).map(Math.round)}`); }
  }
  // The edge of a field says where to type.
  for (const field of all('input:not([type=hidden], [type=radio], [type=checkbox], [type=submit]), select, textarea').filter(seen)) {
    const holder = getComputedStyle(field).borderTopWidth === '0px' ? field.parentElement : field, style = getComputedStyle(holder);
    const edge = over(colour(style.borderTopColor), behind(holder));
    const found = Math.max(ratio(edge, behind(holder.parentElement)), ratio(behind(holder), behind(holder.parentElement)));
    if (found < 3 && !told.has(`edge${edge}`)) { told.add(`edge${edge}`); say('a field has an edge', field, found.toFixed(2)); }
  }
  // A link in a sentence is not told by its colour alone.
  for (const link of all('p a[href], dd a[href]').filter(seen)) {
    const block = link.closest('p, dd');
    if (getComputedStyle(block).display === 'flex' || link.matches('.btn, .chip')) continue;
    if (text(block).trim().length > text(link).trim().length + 3 && !/underline/.test(getComputedStyle(link).textDecorationLine) && getComputedStyle(link).fontWeight <= getComputedStyle(block).fontWeight) say('a link in a text is seen as one', link);
  }

  // Targets of 24 by 24, or a circle of 24 around the middle that touches no other target. A link in a sentence is as high as its line. What is
  // smaller has another way on the same page: the grid's cells the large density, days of a calendar their table, lines of a log the field for a number.
  const targets = controls.filter(one => !one.closest('table.grid:not(.large), svg.days, #log, .radios, [aria-hidden=true]') && !one.matches('.skip')).map(element => {
    const label = element.matches('input[type=radio], input[type=checkbox]') ? element.closest('label') : null;
    return { element, box: (label ?? element).getBoundingClientRect() };
  }).filter(one => one.box.width > 0 && one.box.height > 0);
  const mid = box => [box.x + box.width / 2, box.y + box.height / 2];
  const apart = ([x, y], box) => Math.hypot(x - Math.min(Math.max(x, box.left), box.right), y - Math.min(Math.max(y, box.top), box.bottom));
  const small = box => box.width < 23.5 || box.height < 23.5;
  for (const { element, box } of targets) {
    if (!small(box)) continue;
    const style = getComputedStyle(element), line = element.parentElement;
    const inText = style.display === 'inline' && [...line.childNodes].some(node => node !== element && node.textContent.trim().length > 1 && (node.nodeType === 3 || getComputedStyle(node).display === 'inline'));
    if (inText || element.matches('input[type=date], [tabindex="0"]:not(a, button)')) continue;
    const near = targets.find(other => other.element !== element && !element.contains(other.element) && !other.element.contains(element)
      && (small(other.box) ? Math.hypot(mid(box)[0] - mid(other.box)[0], mid(box)[1] - mid(other.box)[1]) < 24 : apart(mid(box), other.box) < 12));
    if (near) say('a target is 24 by 24, or has room around it', element, `${box.width.toFixed(0)}x${box.height.toFixed(0)} beside ${name(near.element)}`);
  }

  // Zoomed: nothing sticks out of the page, and nothing that can be used is cut off.
  if (zoomed) {
    const page = document.scrollingElement;
    if (page.scrollWidth > page.clientWidth) say('a zoomed page does not scroll sideways', null, `${page.scrollWidth} of ${page.clientWidth}`);
    for (const control of controls) {
      if (control.matches('.skip')) continue;
      const box = control.getBoundingClientRect();
      let x = box.x + box.width / 2, y = box.y + box.height / 2, style = getComputedStyle(control);
      for (let at = control.parentElement; at && style.position !== 'fixed'; at = at.parentElement) {
        style = getComputedStyle(at);
        const edge = at.getBoundingClientRect();
        // What scrolls brings it into view; what only hides does not.
        if (/auto|scroll/.test(style.overflowX)) x = Math.min(Math.max(x, edge.left), edge.right);
        else if (style.overflowX !== 'visible' && (x < edge.left || x > edge.right)) { say('a zoomed page cuts off nothing that is used', control, `by ${name(at)}`); break; }
        if (/auto|scroll/.test(style.overflowY)) y = Math.min(Math.max(y, edge.top), edge.bottom);
        else if (style.overflowY !== 'visible' && (y < edge.top || y > edge.bottom)) { say('a zoomed page cuts off nothing that is used', control, `by ${name(at)}`); break; }
      }
    }
  }
  return wrong;
}
