const ESCAPE = "\u001b";
const TOKEN = new RegExp(String.raw`${ESCAPE}\[[0-9;?]*[A-Za-z]|[\s\S]`, "gu");
const SEQUENCE = new RegExp(String.raw`^${ESCAPE}\[(\??\d*)([A-Za-z])$`, "u");

/** What a terminal shows: enough of the escape sequences for progress bars, and nothing unknown goes unnoticed. */
export class FakeTerminal {
  columns: number;
  rows: number;
  writeCount = 0;
  /** All lines since the start, also those that have scrolled out of the window. */
  readonly #lines: string[][] = [[]];
  #row = 0;
  #column = 0;
  #isWrapping = true;

  constructor(columns: number, rows: number) {
    this.columns = columns;
    this.rows = rows;
  }

  write(text: string): void {
    this.writeCount += 1;
    for (const [token] of text.matchAll(TOKEN)) this.#apply(token);
  }

  get lines(): string[] {
    const lines = this.#lines.map((line) => line.join("").trimEnd());
    return lines.slice(0, lines.findLastIndex((line) => line !== "") + 1);
  }

  get isWrapping(): boolean {
    return this.#isWrapping;
  }

  get cursor(): { readonly row: number; readonly column: number } {
    return { row: this.#row, column: this.#column };
  }

  #apply(token: string): void {
    const sequence = SEQUENCE.exec(token);
    if (sequence !== null) this.#control(sequence[1] ?? "", sequence[2] ?? "");
    else if (token === "\n") this.#newLine();
    else if (token === "\r") this.#column = 0;
    else if (token < " ") throw new Error(`unexpected control character ${JSON.stringify(token)}`);
    else this.#print(token);
  }

  #control(parameter: string, command: string): void {
    const count = Number(parameter) || 1;
    if (command === "A") this.#row = Math.max(this.#topRow(), this.#row - count);
    else if (command === "G") this.#column = count - 1;
    else if (command === "K" && parameter === "2") this.#line().length = 0;
    else if (command === "K") this.#line().length = Math.min(this.#line().length, this.#column);
    else if (command === "J") this.#clearBelow();
    else if (parameter === "?7") this.#isWrapping = command === "h";
    else throw new Error(`unexpected escape sequence ${parameter}${command}`);
  }

  #print(character: string): void {
    if (this.#column >= this.columns) {
      if (this.#isWrapping) this.#newLine();
      else this.#column = this.columns - 1;
    }
    const line = this.#line();
    while (line.length < this.#column) line.push(" ");
    line[this.#column] = character;
    this.#column += 1;
  }

  #newLine(): void {
    this.#row += 1;
    this.#column = 0;
    while (this.#lines.length <= this.#row) this.#lines.push([]);
  }

  #clearBelow(): void {
    this.#line().length = Math.min(this.#line().length, this.#column);
    this.#lines.length = this.#row + 1;
  }

  #topRow(): number {
    return Math.max(0, this.#lines.length - this.rows);
  }

  #line(): string[] {
    const line = this.#lines[this.#row];
    if (line === undefined) throw new Error("the cursor is on no line");
    return line;
  }
}
