/** The value that the share `part` of the values does not exceed. */
export function percentile(values, part) {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? Number.NaN;
}

export function median(values) {
  return percentile(values, 0.5);
}

/**
 * Measures all contenders in each round and not one after the other, because the speed of a machine drifts; who goes
 * first changes, because what a load leaves behind falls on who comes next. Returns a list of rates for each.
 */
export async function alternate(contenders, rounds, measure) {
  const rates = contenders.map(() => []);
  for (let round = 0; round < rounds; round += 1) {
    for (let turn = 0; turn < contenders.length; turn += 1) {
      const which = (round + turn) % contenders.length;
      rates[which].push(await measure(contenders[which], round));
    }
  }
  return rates;
}

/** The median of the ratios of each round, and the ratios themselves. */
export function ratioOf(rates, baseline) {
  const ratios = rates.map((rate, round) => rate / baseline[round]);
  return { ratio: median(ratios), ratios };
}
