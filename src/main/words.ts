import { InvalidArgumentError } from 'commander';
import type { DeliveryState } from '../model/delivery.js';
import { DELIVERY_STATES } from '../model/delivery.js';
import { parseDurationMs } from '../ports/settings.js';

/*
 * What is written on the command line, read as numbers and words. What cannot be read is refused with what it should be.
 */

export const positive = (text: string): number => {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value <= 0)
    throw new InvalidArgumentError('It should be a number above 0.');
  return value;
};

export const port = (text: string): number => {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
    throw new InvalidArgumentError('It should be a whole number from 0 to 65535; 0 takes any free port.');
  return Number(text);
};

export const moment = (text: string): number => {
  const ms = /^\d{11,16}$/.test(text) ? Number(text) : Date.parse(text);
  if (!Number.isFinite(ms))
    throw new InvalidArgumentError('It should be such as 2025-10-10T20:00:00Z, or milliseconds since 1970.');
  return ms;
};

/** A moment, or a time of day: the last such one that the decisions reach. */
export const momentOrClock = (text: string): number | string => (/^(?:[01]?\d|2[0-3]):[0-5]\d$/.test(text) ? text : moment(text));

export const duration = (text: string): number => {
  const ms = parseDurationMs(text);
  if (ms === null || ms <= 0) throw new InvalidArgumentError('It should be a time with its unit, such as 90m, 1h or 7d.');
  return ms;
};

/** One of the states, or several with commas between them. */
export const states = (text: string): readonly DeliveryState[] =>
  names(text).map((name) => {
    const state = DELIVERY_STATES.find((each) => each === name);
    if (state === undefined) throw new InvalidArgumentError(`It should be some of ${DELIVERY_STATES.join(', ')}.`);
    return state;
  });

export const names = (text: string): readonly string[] =>
  text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
