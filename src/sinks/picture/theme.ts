/** Five inks and the paper. Up and down differ in lightness too, for eyes that do not tell green from red. */
export interface Theme {
  readonly paper: string;
  readonly grid: string;
  readonly text: string;
  readonly muted: string;
  readonly up: string;
  readonly down: string;
}

export const THEMES = {
  dark: { paper: '#17191e', grid: '#2a2d35', text: '#eceef2', muted: '#8f96a3', up: '#3ddc97', down: '#e5484d' },
  light: { paper: '#ffffff', grid: '#e8eaee', text: '#15171c', muted: '#69707d', up: '#12a66f', down: '#c81e35' },
} as const satisfies Record<string, Theme>;

export type ThemeName = keyof typeof THEMES;
