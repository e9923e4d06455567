/** Raw BSON of `{_id: value}`: compared and ordered by servers, whose collations this program does not know. */
export type DocumentKey = Uint8Array;
