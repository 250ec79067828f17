import { consoleSink } from './console.js';
import { discord } from './discord/discord.js';
import { email } from './email/email.js';
import { file } from './file/file.js';
import { slack } from './slack/slack.js';
import { telegram } from './telegram/telegram.js';
import { webhook } from './webhook/webhook.js';

/** The sinks a config may name. */
export const sinks = [consoleSink, discord, email, file, slack, telegram, webhook] as const;
