/**
 * What generated names end with, as upstream's: no vowels and no digits that look like letters, so
 * that no word comes of it by chance.
 */
export const nameAlphabet = "bcdfghjklmnpqrstvwxz2456789";
