// Shows an alert as its Discord message looks: composes it with the product's own code, lays it out in a page that looks like
// Discord, and takes a picture of the page with a headless Chromium (of this machine; CHROMIUM names another one).
//
//   node scripts/show-message.mjs ALERTS.jsonl [--symbol S] [--id I] [--picture PNG] [--theme dark|light] [--template NAME] --out FILE.png
//
// ALERTS.jsonl holds what a console sink with `format: json` prints; the first alert that fits is shown.
import { readFileSync, writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';

const { values: given, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    symbol: { type: 'string' },
    id: { type: 'string' },
    picture: { type: 'string' },
    theme: { type: 'string', default: 'dark' },
    template: { type: 'string' },
    out: { type: 'string' },
  },
});
const [file] = positionals;
if (file === undefined || given.out === undefined) {
  console.error(
    'usage: node scripts/show-message.mjs ALERTS.jsonl [--symbol S] [--id I] [--picture PNG] [--theme dark|light] --out FILE.png',
  );
  process.exit(64);
}

/** The product's own composition, bundled for this once. */
const product = async () => {
  const folder = mkdtempSync(join(process.cwd(), 'node_modules/.show-message-'));
  try {
    const outfile = join(folder, 'message.mjs');
    const contents =
      "export { compose } from './src/sinks/discord/message.ts'; export { renderer } from './src/sinks/templates/renderer.ts';";
    await build({
      stdin: { contents, resolveDir: process.cwd(), loader: 'ts' },
      ...{ bundle: true, platform: 'node', format: 'esm', target: 'node20', packages: 'external', outfile, logLevel: 'error' },
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const alerts = readFileSync(file, 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('{'))
  .map((line) => JSON.parse(line));
const alert = alerts.find(
  ({ id, symbol }) => (given.id === undefined || id === given.id) && (given.symbol === undefined || symbol === given.symbol),
);
if (alert === undefined) {
  console.error(`no such alert among the ${alerts.length} of ${file}`);
  process.exit(1);
}

const { compose, renderer } = await product();
const style = given.template === undefined ? {} : { render: renderer({ template: given.template, escape: 'discord' }) };
const attempt = { number: alert.attempt ?? 1, mayRepeat: alert.mayRepeat ?? false };
const { message } = compose(alert, attempt, 'Momentum', style);

const LOOKS = {
  dark: {
    page: '#313338',
    embed: '#2b2d31',
    text: '#dbdee1',
    strong: '#f2f3f5',
    faint: '#949ba4',
    link: '#00a8fc',
    badge: '#5865f2',
  },
  light: {
    page: '#ffffff',
    embed: '#f2f3f5',
    text: '#313338',
    strong: '#060607',
    faint: '#5c5e66',
    link: '#006ce7',
    badge: '#5865f2',
  },
};
const look = LOOKS[given.theme] ?? LOOKS.dark;

const html = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
/** Emoji are pictures in Discord, and no font of this page has them. */
const EMOJI = {
  '✅': '<svg class="emoji" viewBox="0 0 36 36"><rect width="36" height="36" rx="4" fill="#77b255"/><path d="M8 19l7 7L28 10" fill="none" stroke="#fff" stroke-width="5"/></svg>',
  '⚠️': '<svg class="emoji" viewBox="0 0 36 36"><path d="M18 2L35 33H1z" fill="#ffcc4d" stroke="#ffcc4d" stroke-width="2" stroke-linejoin="round"/><path d="M18 12v11M18 26.5v3.5" stroke="#231f20" stroke-width="4"/></svg>',
  '🚨': '<svg class="emoji" viewBox="0 0 36 36"><path d="M6 28V20a12 12 0 0 1 24 0v8z" fill="#dd2e44"/><rect x="3" y="28" width="30" height="6" rx="2" fill="#58595b"/></svg>',
};
/** As much of Discord's markup as the monitor writes. */
const shown = (text) => {
  let out = '';
  for (let rest = text; rest !== '';) {
    const [all, escaped, strong, label, address, moment, emoji] =
      /^(?:\\(.)|\*\*(.+?)(?<!\\)\*\*|\[((?:\\.|[^\]\\])+)\]\(([^)\s]+)\)|<t:(\d+):R>|(✅|⚠️|🚨)|[^])/u.exec(rest) ?? [];
    if (escaped !== undefined) out += html(escaped);
    else if (strong !== undefined) out += `<b>${shown(strong)}</b>`;
    else if (label !== undefined) out += `<a href="${html(address)}">${shown(label)}</a>`;
    else if (moment !== undefined) out += '<span class="moment">a few seconds ago</span>';
    else if (emoji !== undefined) out += EMOJI[emoji];
    else out += all === '\n' ? '<br>' : html(all);
    rest = rest.slice(all.length);
  }
  return out;
};

const [embed] = message.embeds;
const picture =
  given.picture === undefined
    ? ''
    : `<img class="picture" src="data:image/png;base64,${readFileSync(given.picture).toString('base64')}">`;
const rows = [];
for (const field of embed.fields) {
  const last = rows.at(-1);
  if (field.inline && last !== undefined && last[0].inline && last.length < 3) last.push(field);
  else rows.push([field]);
}
const fieldsHtml = rows
  .map(
    (row) =>
      `<div class="row${row[0].inline ? ' inline' : ''}">${row
        .map(({ name, value }) => `<div><div class="name">${shown(name)}</div><div>${shown(value)}</div></div>`)
        .join('')}</div>`,
  )
  .join('');
const font = readFileSync('node_modules/dejavu-fonts-ttf/ttf/DejaVuSans.ttf').toString('base64');
const time = new Date(embed.timestamp ?? 0).toISOString().slice(0, 16).replace('T', ' ');
const page = `<!doctype html><meta charset="utf-8"><style>
@font-face { font-family: Signs; src: url(data:font/ttf;base64,${font}); }
* { box-sizing: border-box; }
body { margin: 0; background: ${look.page}; color: ${look.text}; font: 16px/1.375 'gg sans', 'Noto Sans', 'Helvetica Neue', Arial, 'Liberation Sans', Signs, sans-serif; width: 640px; padding: 16px; }
.message { display: grid; grid-template-columns: 40px 1fr; column-gap: 16px; }
.avatar { width: 40px; height: 40px; border-radius: 50%; background: #23272e; display: grid; place-items: center; }
.author { font-weight: 500; color: ${look.strong}; }
.badge { background: ${look.badge}; color: #fff; font-size: 10px; font-weight: 600; border-radius: 4px; padding: 1px 5px; margin-left: 6px; vertical-align: 2px; }
.when { color: ${look.faint}; font-size: 12px; margin-left: 8px; }
.embed { margin-top: 4px; max-width: 520px; background: ${look.embed}; border-left: 4px solid #${embed.color.toString(16).padStart(6, '0')}; border-radius: 4px; padding: 8px 16px 16px 12px; font-size: 14px; line-height: 1.285; }
.title { margin-top: 8px; font-size: 16px; font-weight: 600; color: ${look.strong}; }
.description, .row { margin-top: 8px; }
.row.inline { display: grid; grid-template-columns: repeat(3, 1fr); column-gap: 8px; }
.name { font-weight: 600; color: ${look.strong}; margin-bottom: 2px; }
.moment { background: ${given.theme === 'light' ? '#e3e5e8' : '#3f4248'}; border-radius: 3px; padding: 0 2px; }
.emoji { width: 1.25em; height: 1.25em; vertical-align: -0.25em; }
.picture { margin-top: 12px; width: 100%; border-radius: 4px; display: block; }
.footer { margin-top: 8px; font-size: 12px; color: ${look.faint}; }
a { color: ${look.link}; text-decoration: none; } b { color: ${look.strong}; }
</style><div class="message"><div class="avatar"><svg width="24" height="24" viewBox="0 0 24 24"><path d="M2 17l6-7 5 4 8-10" fill="none" stroke="#2ecc71" stroke-width="2.5"/></svg></div>
<div><div><span class="author">${html(message.username ?? 'Webhook')}</span><span class="badge">APP</span><span class="when">Today at ${time.slice(11)}</span></div>
<div class="embed">${embed.title === undefined ? '' : `<div class="title">${shown(embed.title)}</div>`}<div class="description">${shown(embed.description)}</div>${fieldsHtml}${picture}
<div class="footer">${shown(embed.footer.text)} • ${time} UTC</div></div></div></div>`;

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
try {
  const tab = await browser.newPage({ viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 });
  await tab.setContent(page);
  writeFileSync(given.out, await tab.locator('body').screenshot());
} finally {
  await browser.close();
}
console.log(`${given.out}: ${alert.symbol} ${alert.interval} ${alert.direction}`);
