/** What can be told of an alert, in the order in which all is told, with its title: the names of `fields` in a sink's options. */
export const TOPIC_TITLES = {
  move: 'Move',
  volume: 'Volume',
  market: 'Market',
  trend: 'Trend',
  breakout: 'Breakout',
  takers: 'Takers',
  regime: 'Regime',
  spread: 'Spread',
  funding: 'Funding',
  openInterest: 'Open interest',
  other: 'More',
  strength: 'Strength',
  peers: 'Moving alike',
  leaders: 'Furthest beyond the market',
  escalation: 'Escalation',
  bar: 'Bar',
  data: 'Data',
} as const;
export type Topic = keyof typeof TOPIC_TITLES;

export const TOPICS = Object.keys(TOPIC_TITLES) as readonly Topic[];
