/** What the filters of `momentum` and `classic` are set to when nobody says otherwise, but for what is on in one of them alone. */
export const USUAL_FILTERS = {
  early: 'off',
  earlyEvery: 5_000,
  cooldown: 1_800_000,
  floodCandidates: 8,
  floodBreadth: 15,
  floodCooldown: 1_800_000,
  correlationThreshold: 0.8,
  spread: 'off',
  spreadLimit: 20,
  trend: 'off',
  regimes: ['trending', 'mixed', 'ranging'],
  ratePerSymbol: 'off',
  rateOverall: 'off',
  rateWindow: 3_600_000,
  escalationStep: 'off',
} as const;
