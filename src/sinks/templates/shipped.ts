/*
 * Templates that come with the monitor. Each may be named where a template is asked for.
 */

/** The message of the first scanner: a heading, then its four lines. Falls have their own sign. */
const classic = `🚨 {{ 'MOMENTUM ALERT' | bold }} 🚨
{{ symbol | bold }}
Volume: {{ volumeChange }}
Price: {{ change }}
Timeframe: {{ interval }}`;

/** One line: what moved, how unusual it was, how sure the data are. */
const compact = `{{ arrow }} {{ symbol | bold }} {{ change | bold }} at {{ close }} · {{ strength }} · {{ interval }} · closed {{ closedAtMs | moment }}{% if doubts != '' %} · ⚠️ {{ doubts }}{% endif %}{% if chart != '' %} · {{ 'chart' | link: chart }}{% endif %}`;

/** Everything the alert knows, one line per topic. */
const full = `{{ arrow }} {{ symbol | bold }} {{ change | bold }} · {{ series }}
{{ close | bold }} from {{ open }} · closed {{ closedAtMs | moment }}{% if chart != '' %} · {{ 'chart' | link: chart }}{% endif %}{% for field in fields %}
{{ field.title | bold }}: {{ field.text }}{% endfor %}{% for line in story %}
{% if line.atMs %}{{ line.atMs | moment }}: {% endif %}{{ line.text }}{% endfor %}
id {{ id }} · attempt {{ attempt }}`;

export const SHIPPED: Readonly<Record<string, string>> = { classic, compact, full };
