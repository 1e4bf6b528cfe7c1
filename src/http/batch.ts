/** An item of a batch that can't be taken as it is, with what is answered for it. */
export interface Refused {
  refused: object;
}

/** Runs the items of a batch that can be, and tells what is answered for each, in order. */
export async function resultOfEach<Item extends object, Outcome>(
  items: readonly (Item | Refused)[],
  run: (items: Item[]) => Promise<Outcome[]>,
  body: (outcome: Outcome, item: Item) => object,
): Promise<object[]> {
  const good = items.filter((item): item is Item => !("refused" in item));
  const outcomes = (await run(good)).values();
  return items.map((item) => ("refused" in item ? item.refused : body(outcomes.next().value as Outcome, item as Item)));
}
