import { deflateRawSync, inflateRawSync } from 'node:zlib';

/** Shorter texts are left as they are: people can read them, and little is to be gained. */
const TEXT_BYTES_MIN = 200;

/**
 * What texts of a log have in common, the commonest last, where references to it are shortest. It is a part of the format: a log that
 * was packed with it can be unpacked with nothing else, so it never changes; another one would be another version of the log.
 */
export const DICTIONARY = Buffer.from(
  [
    '"liquidity-unknown","regime-unknown","trend-unknown","spread-unknown","wide-spread","zero-variance","zero-volume","small-universe","low-coverage","warmup","gap","no-data"',
    '"suppressed","dead","expired","unknown","waiting","cooldown","flood","correlation","stale","revision","rate","mute","peers":["leaders":[{"excessAtr":"escalates":"marks":["tries":[{"atMs":"outcome":"refused","detail":"insteadOf":',
    '"kind":"market","market":"spot","symbol":"*","interval":"15m","interval":"5m","interval":"1h","direction":"down","rule":"classic","grade":"early",',
    '"spikePct":"changePct":"volumeThresholdPct":"natr14_before":"breakout20":"rank":"index":"rest","rebuilt","passed":false,"reason":',
    '{"kind":"put","namespace":"episodes","key":"value":{"entries":[{"close":"furthest":{"fadedAtMs":null,"outcome":null,"version":',
    '{"kind":"claim","position":{"market":"usdm","interval":"1m","openTimeMs":17"lagging":{}},"alerts":[{"id":"","rule":"momentum","ruleVersion":1,"kind":"single","market":"usdm","symbol":"USDT","interval":"1m","direction":"up","openTimeMs":17,"decisionTimeMs":17',
    '"bar":{"open":0.,"high":0.,"low":0.,"close":0.,"volume":,"quoteVolume":,"provenance":"stream"},"measures":{"m_1":,"volume_logz20":,"roc_1":,"volume_z20":,"liquidityPerHour":,"pct":0.,"market_median":0.00,"beta_raw":1.,"excess":0.0,"excess_atr":,"breadth":0.0,"trend_state":1,"alignment":1,"breakout_down20":,"breakout20":,"tbi":0.},"reasons":{},',
    '"conditions":[{"measure":"m_1","value":,"threshold":3,"margin":,"passed":true},{"measure":"warm","value":,"threshold":29,"margin":,"passed":true},{"measure":"volume_logz20","value":3.,"threshold":3,"margin":0.,"passed":true},{"measure":"liquidityPerHour","value":,"threshold":10000,"margin":,"passed":true}],',
    '"shortHistory":false,"coverage":1,"suppressedBy":null,"mergedInto":null,"strength":{"version":1,"value":,"coverage":1,"parts":[{"component":"P","input":,"f":1,"contribution":3},{"component":"V","input":,"f":0.,"contribution":},{"component":"E","input":,"f":1,"contribution":1.5},{"component":"X","input":0.9,"f":0.9,"contribution":0.9},{"component":"T","input":1,"f":1,"contribution":1},{"component":"B","input":,"f":1,"contribution":0.5},{"component":"I","input":0,"f":0,"contribution":0}]},"episode":{"id":"","role":"opens"}}],',
    '"deliveries":[{"alertId":"","sink":"console","state":"claimed","reason":null,"attempts":0,"unknowns":0,"mayRepeat":false,"messageId":null,"updatedAtMs":17},{"alertId":"","sink":"discord","state":"claimed","reason":null,"attempts":0,"unknowns":0,"mayRepeat":false,"messageId":null,"updatedAtMs":17}],"atMs":17}',
    '{"kind":"transition","from":"sending","to":{"alertId":"","sink":"discord","state":"delivered","reason":null,"attempts":1,"unknowns":0,"mayRepeat":false,"messageId":"","updatedAtMs":17}}',
    '{"kind":"transition","from":"claimed","to":{"alertId":"","sink":"discord","state":"sending","reason":null,"attempts":1,"unknowns":0,"mayRepeat":false,"messageId":null,"updatedAtMs":17}}',
  ].join(''),
);

/** The text, packed to ASCII; `null` where packing is not worth it. */
export const pack = (text: string): string | null => {
  if (text.length < TEXT_BYTES_MIN) return null;
  return deflateRawSync(text, { dictionary: DICTIONARY, level: 9, memLevel: 9 }).toString('base64');
};

/** What was packed. Throws for anything else. */
export const unpack = (packed: string): string =>
  inflateRawSync(Buffer.from(packed, 'base64'), { dictionary: DICTIONARY }).toString('utf8');
