"""Made-up branches for measuring: files of flask and django and written TypeScript, taken apart and put together anew.

Every block (a function, a class, a test) gets names and numbers of its own, so that no two files are alike. The same
seed makes the same branch.
"""

import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness import source

from gatekeeper.integrity.contract import Diff, FileChange
from gatekeeper.integrity.roles import role_of

LONGEST = 120
"""Lines of a block; a file of fifty lines is not made of a class of a thousand."""
_STATES = ("A", "M", "M", "M", "D", "A", "M", "M", "A", "D")
_NUMBER = re.compile(r"(?<![\w.\\])\d+(?![\w.])")
_DEFINED = re.compile(r"^((?:async )?def |class |export (?:async )?function |export class )(\w+)", re.MULTILINE)
_OPENED = re.compile(r"^(?:async )?def \w+\(.*\).*:\n(?=    \S)", re.MULTILINE)
_CASE = re.compile(r'((?:it|test|describe)\("[^"\n]*)"')
_SILENCED = {"py": "  # type: ignore[arg-type]", "ts": "  // eslint-disable-line no-console"}
_HEADS = {
    "py": "import json\nimport os\n\nimport pytest\n\nfrom app.core import Thing, compute\n\n\n",
    "ts": 'import { describe, expect, it } from "vitest";\nimport { load, Item } from "../core/load";\n\n',
}

_TS_PRODUCT = """\
export interface Options {
  retries: number;
  timeout?: number;
  onProgress?: (done: number, total: number) => void;
}
----
export async function fetchItems(url: string, options: Options = { retries: 3 }): Promise<Item[]> {
  let attempt = 0;
  while (attempt <= options.retries) {
    try {
      const response = await fetch(url, { headers: { accept: "application/json" } });
      if (!response.ok) {
        throw new Error(`status ${response.status}`);
      }
      return (await response.json()) as Item[];
    } catch (error) {
      attempt += 1;
      if (attempt > options.retries) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100 * attempt));
    }
  }
  return [];
}
----
export class Cart {
  private readonly items = new Map<string, number>();

  add(sku: string, count = 1): this {
    this.items.set(sku, (this.items.get(sku) ?? 0) + count);
    return this;
  }

  total(prices: Record<string, number>): number {
    let sum = 0;
    for (const [sku, count] of this.items) {
      sum += (prices[sku] ?? 0) * count;
    }
    return sum > 100 ? sum * 0.95 : sum;
  }
}
----
export function groupBy<T, K extends string>(rows: readonly T[], key: (row: T) => K): Record<K, T[]> {
  const groups = {} as Record<K, T[]>;
  for (const row of rows) {
    (groups[key(row)] ??= []).push(row);
  }
  return groups;
}
----
export const parseLine = (line: string, width = 4): string[] => {
  const cells = line.split(/[,;]\\s*/).map((cell) => cell.trim());
  // Short rows are filled up, so that every row has as many cells.
  return cells.length < width ? [...cells, ...Array(width - cells.length).fill("")] : cells;
};
"""
_TS_TESTS = """\
describe("cart", () => {
  const prices = { apple: 10, bread: 5, cheese: 12 };
  let cart: Cart;

  beforeEach(() => {
    cart = new Cart();
  });

  it("adds up what was put into it", () => {
    cart.add("apple", 2).add("bread");
    const total = cart.total(prices);

    expect(total).toBe(25);
    expect(cart.total({})).toBe(0);
  });

  it("gives a discount above 100", () => {
    for (const sku of Object.keys(prices)) {
      cart.add(sku, 4);
    }
    cart.add("apple", 2);

    expect(cart.total(prices)).toBeCloseTo(121.6);
  });
});
----
describe("fetchItems", () => {
  const items = [
    { sku: "apple", price: 10, tags: ["fruit", "red"] },
    { sku: "bread", price: 5, tags: ["bakery"] },
  ];
  const answer = (body: unknown, status = 200) => ({
    ok: status < 400,
    status,
    json: async () => body,
  });

  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it("tries again when the server is down", async () => {
    const calls = vi
      .fn()
      .mockRejectedValueOnce(new Error("down"))
      .mockResolvedValueOnce(answer({}, 503))
      .mockResolvedValue(answer(items));
    vi.stubGlobal("fetch", calls);

    const found = await fetchItems("https://shop.example/items", { retries: 3 });

    expect(found).toEqual(items);
    expect(calls).toHaveBeenCalledTimes(3);
  });

  it("gives up in the end", async () => {
    const calls = vi.fn().mockRejectedValue(new Error("down"));
    vi.stubGlobal("fetch", calls);

    await expect(fetchItems("https://shop.example/items", { retries: 1 })).rejects.toThrow("down");
    expect(calls).toHaveBeenCalledTimes(2);
  });
});
----
const LINES: Array<[string, string[]]> = [
  ["a,b", ["a", "b", "", ""]],
  ["a;b;c;d", ["a", "b", "c", "d"]],
  ["  a ,  b;c", ["a", "b", "c", ""]],
  ["", ["", "", "", ""]],
];

it.each(LINES)("parses %s", (line, expected) => {
  const cells = parseLine(line);

  expect(cells).toHaveLength(4);
  expect(cells).toEqual(expected);
});
----
test("groups rows by what they are", () => {
  const rows = [
    { kind: "x", n: 1, at: new Date("2024-01-01") },
    { kind: "y", n: 2, at: new Date("2024-01-02") },
    { kind: "x", n: 3, at: new Date("2024-01-03") },
  ];

  const grouped = groupBy(rows, (row) => row.kind);
  const numbers = Object.fromEntries(
    Object.entries(grouped).map(([kind, found]) => [kind, found.map((row) => row.n)]),
  );

  expect(Object.keys(grouped)).toHaveLength(2);
  expect(numbers).toStrictEqual({ x: [1, 3], y: [2] });
});
----
test("keeps the order of what it shows", async () => {
  const user = userEvent.setup();
  const onSort = vi.fn();
  render(
    <Table
      rows={[
        { id: 1, name: "second", price: 20 },
        { id: 2, name: "first", price: 10 },
      ]}
      columns={["name", "price"]}
      onSort={onSort}
    />,
  );

  await user.click(screen.getByRole("button", { name: /price/i }));

  const shown = screen.getAllByRole("row").map((row) => row.textContent);
  expect(shown).toEqual(["name price", "second 20", "first 10"]);
  expect(onSort).toHaveBeenCalledWith("price", "asc");
});
"""
_OTHER = {
    "docs/page{}.md": "# Page\n\nHow item 1 is kept for 30 days, and why.\n\n- one\n- two\n\n```sh\nmake 3\n```\n\n",
    "data/table{}.json": '{"rows": [{"id": 1, "name": "first", "price": 9}, {"id": 2, "name": "second"}]}\n',
    "deploy/service{}.yaml": "kind: Service\nmetadata:\n  name: shop\nspec:\n  ports:\n    - port: 80\n      to: 80\n",
    "styles/page{}.css": ".page {\n  margin: 4px;\n  color: red;\n}\n",
}


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file: where it lies, its grammar, its blocks."""

    path: str
    grammar: str
    blocks: Sequence[str]


@dataclass(slots=True)
class _Maker:
    """Makes changes of files, each with as many lines as are still to come per file."""

    lines: int
    """Changed lines that a file has on average."""
    chance: random.Random = field(default_factory=lambda: random.Random(20))  # noqa: S311 - no secret, a seed
    number: int = 0

    def change(self, kind: Kind, state: str) -> FileChange:
        """A file that is added (A), modified (M) or deleted (D)."""
        self.number += 1
        path = kind.path.format(self.number)
        head = _HEADS.get(kind.grammar, "")
        if state != "M":
            text = (head + "".join(self._blocks(kind, self.lines))).encode()
            sides = (None, text) if state == "A" else (text, None)
        else:
            old, new = self._both(kind)
            sides = (head + old).encode(), (head + new).encode()
        return FileChange(path, state, *sides, role=role_of(path))

    def _blocks(self, kind: Kind, lines: int) -> Iterator[str]:
        while lines > 0:
            self.number += 1
            block = _own(self.chance.choice(kind.blocks), self.number)
            lines -= block.count("\n")
            yield block

    def _both(self, kind: Kind) -> tuple[str, str]:
        """A file with about three times as many lines as change: blocks that stay, change, go and come."""
        old, new = [], []
        for block in self._blocks(kind, 3 * self.lines):
            fate = self.chance.random()
            if fate < 0.92:
                old.append(block)
            if fate < 0.60:
                new.append(block)
            elif fate < 0.85 or fate >= 0.92:
                new.append(self._edited(block, kind.grammar) if fate < 0.85 else block)
        return "".join(old), "".join(new)

    def _edited(self, block: str, grammar: str) -> str:
        """Other numbers, here and there a line more, seldom a finding that is silenced."""
        self.number += 1
        edited = _NUMBER.sub(lambda found: str(int(found[0]) + 1), block)
        if grammar == "py":
            edited = _OPENED.sub(lambda found: f"{found[0]}    step_{self.number} = {self.number}\n", edited, count=1)
        if self.chance.random() < 0.03 and grammar in _SILENCED:
            first, _, rest = edited.rstrip("\n").rpartition("\n")
            edited = f"{first}\n{rest}{_SILENCED[grammar]}\n\n\n"
        return edited


def branch(files: int, lines: int) -> Diff:
    """So many changed files with about so many added and removed lines. Python, TypeScript, tests of both, others."""
    kinds = _kinds()
    maker = _Maker(lines // files)
    order = [kind for kind, weight in kinds for _ in range(weight)]
    maker.chance.shuffle(order)
    changes = tuple(
        maker.change(order[n % len(order)], maker.chance.choice(_STATES) if files > 20 else "AMM"[n % 3])
        for n in range(files)
    )
    names = frozenset(c.path for c in changes if c.old is not None), frozenset(c.path for c in changes if c.new)
    return Diff(changes, *names)


def changed_lines(diff: Diff) -> int:
    """Lines that were added and lines that were removed."""
    return sum(_lines(one) for one in diff.changes)


def _lines(change: FileChange) -> int:
    old, new = (Counter((side or b"").splitlines()) for side in (change.old, change.new))
    return sum((old - new).values()) + sum((new - old).values())


def _kinds() -> list[tuple[Kind, int]]:
    django, flask = source("django==5.2.7"), source("flask==3.1.2")
    # Half of the tests are functions as of pytest, half are classes as of unittest.
    tests = _of_files(django / "tests")
    functions = _of_files(flask / "tests")
    tests += functions * (len(tests) // len(functions))
    others = [(Kind(path, "", [text]), 4) for path, text in _OTHER.items()]
    return [
        (Kind("src/app/part{}.py", "py", _of_files(django / "django") + _of_files(flask / "src")), 35),
        (Kind("tests/test_part{}.py", "py", tests), 20),
        (Kind("web/src/part{}.ts", "ts", _TS_PRODUCT.split("----\n")), 20),
        (Kind("web/src/part{}.test.tsx", "ts", _TS_TESTS.split("----\n")), 10),
        *others,
    ]


def _of_files(folder: Path) -> list[str]:
    """Functions and classes at the top of Python files, with what stands above them."""
    texts = (path.read_text(encoding="utf-8", errors="replace") for path in sorted(folder.rglob("*.py")))
    blocks = (block.rstrip() for text in texts for block in text.split("\n\n\n"))
    return [f"{b}\n\n\n" for b in blocks if re.match(r"(?:@|def |class |async def )", b) and b.count("\n") < LONGEST]


def _own(block: str, number: int) -> str:
    """The block with names and numbers of its own."""
    named = _DEFINED.sub(rf"\1\2_{number}", block)
    named = _CASE.sub(rf'\1 {number}"', named)
    return _NUMBER.sub(lambda found: str(int(found[0]) + number % 89), named)
