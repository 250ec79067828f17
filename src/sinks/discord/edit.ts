import type { Observable } from 'rxjs';
import { defer, map } from 'rxjs';
import type { Episode } from '../../model/episode.js';
import type { Attempt, Receipt } from '../../ports/sink.js';
import { DeliveryError } from '../../ports/sink.js';
import type { WebhookAddress } from './address.js';
import type { Attachment } from './attachment.js';
import { addressOf } from './attachment.js';
import type { Courier } from './courier.js';
import type { Style } from './message.js';
import { composeEpisode } from './message.js';

/*
 * Changing a message that was posted (discord-protocol.md §4). It can be done again without harm, unlike the post. A message can
 * be changed only through the webhook that posted it; files that are not spoken of stay with it.
 */

/** Messages of this life whose picture is remembered, so that it stays in its place. */
const PICTURES_MAX = 1_000;

export interface Editor {
  /** A message was posted, with these pictures. */
  posted(receipt: Receipt, files: readonly Attachment[]): Receipt;
  /** Makes a message tell an episode as it is now. Errors are `DeliveryError`s; `dead`: there is no such message any more. */
  edit(messageId: string, episode: Episode, attempt: Attempt): Observable<Receipt>;
}

export interface EditorParts {
  readonly address: WebhookAddress;
  readonly courier: Courier;
  readonly style: Style;
  /** Is told that the limits took something of what was to be said. */
  readonly cut: (episode: Episode) => void;
}

export const editorOf = ({ address, courier, style, cut }: EditorParts): Editor => {
  const pictures = new Map<string, string>();
  return {
    posted: (receipt, files) => {
      const [file, ...others] = files;
      // Of several pictures none is the one of an episode.
      if (receipt.messageId !== null && file !== undefined && others.length === 0) pictures.set(receipt.messageId, file.filename);
      const [oldest] = pictures.keys();
      if (pictures.size > PICTURES_MAX && oldest !== undefined) pictures.delete(oldest);
      return receipt;
    },
    edit: (messageId, episode, attempt) =>
      defer(() => {
        const filename = pictures.get(messageId);
        // After a restart nobody knows it: the picture then stands below the embed instead of in it.
        const { message, shortened } = composeEpisode(episode, style, {
          attempt,
          ...(filename === undefined ? {} : { image: addressOf(filename) }),
        });
        if (shortened) cut(episode);
        return courier.carry({
          ...{ method: 'PATCH', url: address.message(messageId), contentType: 'application/json' },
          body: JSON.stringify(message),
        });
      }).pipe(
        map((answer): Receipt => {
          if (answer.kind === 'name-refused') throw new DeliveryError('dead', address.redact(answer.detail));
          return { messageId };
        }),
      ),
  };
};
