/** Elements that one script call handles at the most, where an operation goes in steps: well under 5 ms of Redis. */
export const STEP = 100;

/** Has items run where they belong, those of one tag together, and returns the results in the order of the items. */
export function spread<Item, Result>(
  items: readonly Item[],
  tagOf: (item: Item) => string,
  add: (tag: string, items: Item[]) => Promise<Result[]>,
): Promise<Result[]> {
  const [first] = items;
  if (first !== undefined && items.length === 1) return add(tagOf(first), [first]);
  return spreadMany(items, tagOf, add);
}

async function spreadMany<Item, Result>(
  items: readonly Item[],
  tagOf: (item: Item) => string,
  add: (tag: string, items: Item[]) => Promise<Result[]>,
): Promise<Result[]> {
  const places = new Map<string, number[]>();
  items.forEach((item, place) => {
    const tag = tagOf(item);
    const some = places.get(tag);
    if (some) some.push(place);
    else places.set(tag, [place]);
  });
  const results: Result[] = new Array(items.length);
  const belonging = async (tag: string, some: number[]) => {
    // One step after the other, because the jobs of a queue must keep their order.
    for (let at = 0; at < some.length; at += STEP) {
      const step = some.slice(at, at + STEP);
      const found = await add(
        tag,
        step.map((place) => items[place] as Item),
      );
      found.forEach((result, i) => {
        results[step[i] as number] = result;
      });
    }
  };
  await Promise.all([...places].map(([tag, some]) => belonging(tag, some)));
  return results;
}
