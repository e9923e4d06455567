/**
 * Replaces what stands before `@` in URLs: git repeats the remote's URL in many messages, with the token that some put
 * there. Greedy up to the last `@` before the path, as passwords may hold one.
 */
export function hideUrlCredentials(text: string): string {
  return text.replaceAll(/([a-z][a-z0-9+.-]*:\/\/)[^\s/'"<>]*@/gi, "$1[redacted]@");
}
