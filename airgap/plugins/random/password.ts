import { randomInt } from "node:crypto";

/** What a password is made of. Counts are characters. */
export interface PasswordRules {
  readonly length: number;
  readonly classes: readonly CharacterClass[];
}

/** One kind of characters and how many of them a password has at least. */
export interface CharacterClass {
  readonly characters: string;
  readonly minimum: number;
}

/** A password by the rules: the minimum of every class, the rest from all classes together, in random order. */
export function generatePassword({ length, classes }: PasswordRules): string {
  const all = classes.map((one) => one.characters).join("");
  const picked = classes.flatMap((one) => Array.from({ length: one.minimum }, () => pick(one.characters)));
  while (picked.length < length) picked.push(pick(all));
  return shuffle(picked).join("");
}

function pick(characters: string): string {
  return characters.charAt(randomInt(characters.length));
}

// Fisher-Yates with an unbiased source: the minimum characters must not stay in front.
function shuffle(characters: string[]): string[] {
  for (let i = characters.length - 1; i > 0; i--) {
    const j = randomInt(i + 1);
    [characters[i], characters[j]] = [characters[j] as string, characters[i] as string];
  }
  return characters;
}
