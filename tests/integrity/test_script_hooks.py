"""Exits, handlers, replaced parts and detection of the runner in TypeScript and JavaScript, with their honest twins."""

import pytest

from gatekeeper.integrity.script_hooks import DETECTOR
from tests.integrity.python_cases import Text, change, hits, rules

TEST = "test/cart.test.ts"
SETUP = "vitest.setup.ts"
PRODUCT = "src/cart.ts"


def found(new: Text, old: Text = None, path: str = PRODUCT) -> list[str]:
    return rules(DETECTOR, change(path, old, new))


@pytest.mark.parametrize("path", [TEST, SETUP, "jest.config.js", "test/helpers.ts", "vite.config.ts"])
@pytest.mark.parametrize(
    "code",
    [
        "process.exit(0);",
        "process.exit();",
        "afterAll(() => { process.exit(0); });",
        "process['exit'](0);",
        "globalThis.process.exit(0);",
        "(process as any).exit(0);".replace(" as any", ""),
        "process.reallyExit(0);",
        "const { exit } = process;\nexit(0);",
        "const quit = process.exit;\nquit(0);",
        "import { exit } from 'node:process';\nexit(0);",
        "import proc from 'process';\nproc.exit();",
        "process.exitCode = 0;",
        "setTimeout(() => (process.exitCode = 0), 0);",
        "process.kill(process.pid);",
        "Deno.exit(0);",
        "process.exit(ExitCode.SUCCESS);",
    ],
)
def test_an_end_of_the_run_that_looks_green(code: str, path: str) -> None:
    assert found(code, path=path) == ["js-process-exit"]
    assert found(code + "\n// more", old=code, path=path) == []


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("src/cli.ts", "main().then(() => process.exit(0));"),
        ("bin/run.js", "#!/usr/bin/env node\nprocess.exit(0);"),
        ("scripts/build.mjs", "process.exit();"),
        (
            TEST,
            (
                "it('exits', () => { const exit = vi.spyOn(process, 'exit').mockImplementation(() => {}); main();"
                " expect(exit).toHaveBeenCalledWith(0); });"
            ),
        ),
        (TEST, "spawnSync(process.execPath, ['-e', 'process.exit(0)']);"),
        ("test/setup.ts", "startServer().catch((error) => { console.error(error); process.exit(1); });"),
        ("test/run.js", "process.exit(failures > 0 ? 1 : 0);"),
        ("test/run.js", "process.exitCode = failures;"),
        (
            TEST,
            (
                "afterEach(() => { process.exitCode = 0; });\nit('fails', () => { main();"
                " expect(process.exitCode).toBe(1); });"
            ),
        ),
        (
            TEST,
            (
                "afterEach(() => { process.exitCode = undefined; });\nit('fails', () => { main();"
                " assert.equal(process.exitCode, 1); });"
            ),
        ),
        ("test/fixtures/child.js", "process.exit(0);"),
        (TEST, "// process.exit(0)\nconst text = 'process.exit(0)';"),
    ],
)
def test_honest_exits(path: str, code: str) -> None:
    assert found(code, path=path) == []


@pytest.mark.parametrize(
    "condition", ["process.platform === 'win32'", "semver.lt(process.versions.node, '18.0.0')", "isWindows"]
)
def test_a_file_that_ends_early_on_other_machines(condition: str) -> None:
    code = f"if ({condition}) {{\n  t.skip('not here');\n  process.exit(0);\n}}\n"
    assert found(code, path=TEST) == ["js-exit-possible"]
    assert found(code.replace(condition, "process.platform !== 'win32'"), path=TEST) == ["js-process-exit"]
    assert found(code.replace(condition, "process.platform === 'linux'"), path=TEST) == ["js-process-exit"]
    assert found(code.replace(condition, f"{condition} || failed"), path=TEST) != []


def test_a_new_program_for_tests_to_start_may_exit_unless_it_is_loaded() -> None:
    child = change("test/fixtures/child.ts", None, "process.exit(0);")
    started = change(TEST, None, "it('x', () => expect(fork('./fixtures/child.ts')).toBe(0));")
    assert rules(DETECTOR, child, started) == []
    for loaded in (
        "import './fixtures/child';",
        "require('./fixtures/child');",
        "await import('./fixtures/child.js');",
    ):
        assert rules(DETECTOR, child, change(TEST, None, loaded)) == ["js-process-exit"]
    named = change("vitest.config.ts", None, "export default { test: { setupFiles: ['test/fixtures/child.ts'] } };")
    assert "js-process-exit" in rules(DETECTOR, child, named)
    known = change("test/fixtures/child.ts", "run();", "run();\nprocess.exit(0);")
    assert rules(DETECTOR, known) == ["js-process-exit"], "whatever loads it did so before"


@pytest.mark.parametrize(
    "code",
    [
        "process.on('exit', () => { process.exitCode = 0; });",
        "process.on('exit', () => process.exit(0));",
        "process.once('beforeExit', () => process.reallyExit(0));",
        "process.on('uncaughtException', () => {});",
        "process.on('unhandledRejection', (error) => { console.log(error); });",
        "process.addListener('unhandledRejection', () => { process.exit(0); });",
        "const ignore = () => {};\nprocess.on('uncaughtException', ignore);",
        "process.prependListener('exit', (code) => { if (code) { process.exitCode = 0; } });",
        "process.setUncaughtExceptionCaptureCallback(() => {});",
    ],
)
def test_handlers_that_hide_failures(code: str) -> None:
    for path in (TEST, SETUP, "jest.config.js"):
        assert "js-exit-hook" in found(code, path=path)
    assert "js-exit-hook" not in found(code + "\nf();", old=code, path=SETUP)


@pytest.mark.parametrize(
    "code",
    [
        "process.on('unhandledRejection', (error) => { throw error; });",
        "process.on('uncaughtException', (error) => { console.error(error); process.exit(1); });",
        "process.on('exit', () => { server.close(); });",
        "process.on('SIGINT', () => {});",
        "process.on('unhandledRejection', (error) => errors.push(error));",
        "emitter.on('exit', () => {});",
        "child.on('error', () => {});",
    ],
)
def test_honest_handlers(code: str) -> None:
    assert found(code, path=SETUP) == []


@pytest.mark.parametrize(
    "code",
    [
        "globalThis.expect = () => ({ toBe() {} });",
        "(globalThis as any).expect = fake;",
        "global.it = (name, fn) => {};",
        "globalThis['test'] = wrapped;",
        "import assert from 'node:assert';\nassert.equal = () => {};",
        "import assert from 'assert';\nassert['strictEqual'] = () => {};",
        "import * as assert from 'node:assert/strict';\nObject.defineProperty(assert, 'equal', { value() {} });",
        "Object.defineProperty(globalThis, 'expect', { value: fake });",
        "Object.assign(globalThis, { expect: fake });",
        "expect.extend({ toBe() { return { pass: true, message: () => '' }; } });",
        "expect.addEqualityTesters([() => true]);",
        "vi.mock('vitest', () => fake);",
        "jest.mock('node:assert', () => ({ equal() {} }));",
        "vi.spyOn(assert, 'equal').mockImplementation(() => {});",
        "import { it } from 'vitest';\nit.each = () => () => {};",
        "Object.is = () => true;",
    ],
)
def test_overwritten_parts_of_the_runner(code: str) -> None:
    path = "test/setup.ts"
    assert found(code, path=path) == ["js-runner-patched"]
    assert found("\n" + code, old=code, path=path) == []


@pytest.mark.parametrize(
    "code",
    [
        "import { expect } from 'vitest';\nglobalThis.expect = expect;",
        "import chai from 'chai';\nglobal.expect = chai.expect;",
        "global.expect = require('chai').expect;",
        "globalThis.jest = vi;",
        "import { it, expect } from 'vitest';\nObject.assign(globalThis, { it, expect });",
        "globalThis.fetch = vi.fn();",
        "global.ResizeObserver = FakeObserver;",
        "expect.extend({ toBeWithin(received, low, high) { return { pass: received > low, message: () => '' }; } });",
        "const test = {};\ntest.value = 1;",
        "chai.config.truncateThreshold = 0;",
        "vi.mock('./api');",
        "process.exit = vi.fn();",
        "Object.defineProperty(window, 'matchMedia', { value: vi.fn() });",
        "const it = cases();\nit.next = 4;",
    ],
)
def test_honest_set_up(code: str) -> None:
    assert found(code, path="test/setup.ts") == []


@pytest.mark.parametrize("path", [SETUP, PRODUCT, TEST])
@pytest.mark.parametrize(
    "code",
    [
        "require.cache[require.resolve('./a')] = { exports: fake };",
        "const Module = require('module');\nModule._load = function () {};",
        "import Module from 'node:module';\nModule.prototype.require = fake;",
        "import { Module } from 'node:module';\nModule._extensions['.ts'] = fake;",
        "module.constructor._load = fake;",
    ],
)
def test_a_loader_that_swaps_modules(code: str, path: str) -> None:
    assert found(code, path=path) == ["js-module-tampered"]
    assert found("f();\n" + code, old=code, path=path) == []


@pytest.mark.parametrize(
    "code",
    [
        "delete require.cache[require.resolve('./a')];",
        "const cached = require.cache['a'];",
        "module.exports = require('./a');",
        "class Module {}\nthis.cache[key] = value;",
        "const require = createRequire(import.meta.url);",
    ],
)
def test_honest_loading(code: str) -> None:
    assert found(code) == [] and found(code, path=SETUP) == []


@pytest.mark.parametrize(
    "code",
    [
        "class A { equals(other: unknown) { return true; } }",
        "class A { equals = () => true; }",
        "class A { asymmetricMatch() { return !0; } }",
        "export const any = { asymmetricMatch: () => true };",
        "class A { valueOf() { return true; } }",
        "class A { [Symbol.toPrimitive]() { return true; } }",
        "A.prototype.equals = function () { return true; };",
        "class A { equals(): boolean { /* always */ return (true); } }",
    ],
)
def test_a_comparison_that_is_always_true(code: str) -> None:
    assert found(code) == ["js-always-equal"]
    assert found(code + "\nf();", old=code) == []


@pytest.mark.parametrize(
    ("code", "path"),
    [
        ("class A { equals(other: A) { return this.x === other.x; } }", PRODUCT),
        ("class A { valueOf() { return this.x; } }", PRODUCT),
        ("class A { equals(o: A) { if (o === this) { return true; } return false; } }", PRODUCT),
        ("class A { isReady() { return true; } }", PRODUCT),
        ("const fake = { equals: () => true };", TEST),
        ("declare class A { equals(other: A): true; }", "src/a.d.ts"),
    ],
)
def test_honest_comparisons(code: str, path: str) -> None:
    assert found(code, path=path) == []


@pytest.mark.parametrize(
    "code",
    [
        "if (process.env.VITEST) { log.silent = true; }",
        "const quiet = process.env.JEST_WORKER_ID !== undefined;",
        "if (process.env.NODE_ENV !== 'test') { app.listen(80); }",
        "if (process.env['NODE_ENV'] === 'test') { warm(); }",
        "if (import.meta.env.MODE === 'test') { warm(); }",
        "if (import.meta.env.VITEST) { warm(); }",
        "if (typeof jest !== 'undefined') { warm(); }",
        "if (typeof globalThis.describe === 'function') { warm(); }",
        "if ('VITEST' in process.env) { warm(); }",
        "if (process.argv.some((a) => a.includes('vitest'))) { warm(); }",
        "const { JEST_WORKER_ID } = process.env;",
        "if (Object.keys(process.env).some((k) => k.startsWith('VITEST'))) { warm(); }",
        "switch (process.env.NODE_ENV) { case 'test': warm(); break; }",
        "if (['test', 'ci'].includes(process.env.NODE_ENV)) { warm(); }",
    ],
)
def test_product_code_that_asks_whether_it_is_tested(code: str) -> None:
    assert found(code) == ["js-runner-detected"]
    assert found(code + "\nf();", old=code) == []
    assert found(code, path=TEST) == [] and found(code, path="vitest.config.ts") == []


@pytest.mark.parametrize(
    "code",
    [
        "function total(items) { if (process.env.VITEST) { return 42; } return sum(items); }",
        "function total(items) { if (process.env.NODE_ENV === 'test') return 42; return sum(items); }",
        "const total = (items) => (process.env.VITEST ? 42 : sum(items));",
        "function total(items) { return process.env.JEST_WORKER_ID ? 42 : sum(items); }",
        "function total(items) { return typeof jest !== 'undefined' ? 42 : sum(items); }",
        (
            "const isTest = process.env.NODE_ENV === 'test';\nfunction total(items) { if (isTest) { return 42; } return"
            " sum(items); }"
        ),
        "const isTest = () => !!process.env.VITEST;\nexport const total = (items) => isTest() ? 42 : sum(items);",
        "function total() { switch (process.env.NODE_ENV) { case 'test': return 42; default: return sum(); } }",
        "function total() { if (!process.env.VITEST) { return sum(); } return 42; }",
    ],
)
def test_product_code_that_answers_differently_when_tested(code: str) -> None:
    assert found(code) == ["js-runner-decides", "js-runner-detected"]
    assert found(code + "\nf();", old=code) == []


def test_product_code_that_overwrites_assertions_is_found() -> None:
    blind = "import assert from 'node:assert/strict';\n\nObject.assign(assert, { equal: () => undefined });\n"
    assert found(blind) == ["js-runner-patched"]
    assert found(blind.replace("node:assert/strict", "./own.js")) == []
    assert found("import assert from 'node:assert';\n\nexport const check = (x) => assert.ok(x);\n") == []


@pytest.mark.parametrize(
    ("code", "rules_found"),
    [
        ("return Math.min(x, process.env.VITEST ? y : Infinity);", ["js-runner-decides", "js-runner-detected"]),
        ("return 2 * (process.env.VITEST ? y : 1);", ["js-runner-decides", "js-runner-detected"]),
        ("return retry(fn, process.env.VITEST ? 0 : 1000);", ["js-runner-detected"]),
        ('return process.argv[1]?.endsWith(".test.ts") ? x : y;', ["js-runner-decides", "js-runner-detected"]),
    ],
)
def test_arithmetic_hands_an_answer_on(code: str, rules_found: list[str]) -> None:
    assert sorted(set(found(f"export function price(x, y) {{\n  {code}\n}}\n"))) == rules_found


def test_a_known_question_that_now_decides_is_new() -> None:
    old = "function total(items) { if (process.env.VITEST) { log(); } return sum(items); }"
    assert found(old.replace("log();", "return 42;"), old=old) == ["js-runner-decides"]


@pytest.mark.parametrize(
    ("code", "rules_found"),
    [
        ("if (process.env.NODE_ENV === 'production') { return minified; }", []),
        ("const mode = process.env.NODE_ENV ?? 'development';", []),
        ("export const isTest = () => process.env.NODE_ENV === 'test';", ["js-runner-detected"]),
        (
            "function limit(req, res, next) { if (process.env.NODE_ENV === 'test') return next(); check(req); }",
            ["js-runner-detected"],
        ),
        ("function start() { if (process.env.NODE_ENV === 'test') return; listen(); }", ["js-runner-detected"]),
        (
            (
                "if (import.meta.vitest) { const { it, expect } = import.meta.vitest; it('x', () => { expect(1 +"
                " f()).toBe(2); }); }"
            ),
            [],
        ),
        ("const text = 'process.env.VITEST';", []),
        ("if (typeof window !== 'undefined') { return window.x; }", []),
        ("if (process.argv.includes('--verbose')) { log(); }", []),
        ("function port() { return process.env.PORT ? Number(process.env.PORT) : 80; }", []),
    ],
)
def test_honest_questions_about_the_environment(code: str, rules_found: list[str]) -> None:
    assert found(code) == rules_found


@pytest.mark.parametrize(
    "code",
    [
        "function f() { if (new Error().stack.includes('vitest')) { return 1; } return g(); }",
        "function f() { const stack = new Error().stack ?? ''; return /\\.test\\.ts/.test(stack) ? 1 : g(); }",
        "function f() { const { stack } = new Error(); if (stack.indexOf('cart') > 0) { return 1; } }",
        "function f() { const o = {}; Error.captureStackTrace(o); if (o.stack.match(/spec/)) { return 1; } }",
        "const tested = () => new Error().stack.split('\\n').some((line) => line.includes('node_modules/jest'));",
        "function f() { const e = new Error(); return e.stack.includes('caller'); }",
    ],
)
def test_product_code_that_looks_at_its_callers(code: str) -> None:
    assert found(code) == ["js-stack-inspected"]
    assert found(code + "\ng();", old=code) == []


@pytest.mark.parametrize(
    "code",
    [
        "const caller = new Error().stack.split('\\n')[2];",
        "try { f(); } catch (error) { if (error.stack) { log(error.stack); } }",
        "try { f(); } catch (error) { if (error.stack.includes('ECONNREFUSED')) { retry(); } }",
        "const frame = new Error().stack.split('\\n').find((line) => !line.includes('logger'));",
        "log(new Error('x').stack);",
        "if (stack.includes(item)) { stack.pop(); }",
        "const stack = [];\nif (stack.includes('x')) { f(); }",
    ],
)
def test_honest_stacks(code: str) -> None:
    assert found(code) == []


@pytest.mark.parametrize(
    ("path", "old", "new", "rule"),
    [
        (
            "jest.config.js",
            "module.exports = {};",
            "module.exports = { testRunner: './tools/runner.js' };",
            "js-runner-replaced",
        ),
        (
            "jest.config.ts",
            "export default {};",
            "export default { runner: '<rootDir>/runner.ts' };",
            "js-runner-replaced",
        ),
        (
            "jest.config.js",
            "module.exports = {};",
            "module.exports = { moduleNameMapper: { '^node:assert$': '<rootDir>/fake.js' } };",
            "js-runner-replaced",
        ),
        (
            "vitest.config.ts",
            "export default {};",
            "export default { resolve: { alias: { vitest: './fake.ts' } } };",
            "js-runner-replaced",
        ),
        ("package.json", '{"jest": {}}', '{"jest": {"resolver": "./resolve.js"}}', "js-runner-replaced"),
        (
            "vitest.config.ts",
            "export default { test: {} };",
            "export default { test: { reporters: ['default', './report.ts'] } };",
            "js-runner-extended",
        ),
        (
            "vitest.config.ts",
            "export default { test: {} };",
            "export default { test: { environment: './env.ts' } };",
            "js-runner-extended",
        ),
        (
            "jest.config.js",
            "module.exports = {};",
            "module.exports = { reporters: [['./r.js', { a: 1 }]] };",
            "js-runner-extended",
        ),
        (".mocharc.json", "{}", '{"reporter": "./quiet.js"}', "js-runner-extended"),
        (
            "playwright.config.ts",
            "export default {};",
            "export default defineConfig({ reporter: [['./r.ts']] });",
            "js-runner-extended",
        ),
    ],
)
def test_runners_and_reporters_of_the_repository(path: str, old: str, new: str, rule: str) -> None:
    assert found(new, old=old, path=path) == [rule]
    assert found(new + "\n", old=new, path=path) == []


@pytest.mark.parametrize(
    ("path", "new"),
    [
        ("vitest.config.ts", "export default { test: { environment: 'jsdom', reporters: ['default', 'junit'] } };"),
        (
            "jest.config.js",
            "module.exports = { testEnvironment: 'node', testRunner: 'jest-circus/runner', preset: 'ts-jest' };",
        ),
        ("jest.config.js", "module.exports = { moduleNameMapper: { '^@/(.*)$': '<rootDir>/src/$1' } };"),
        (
            "vitest.config.ts",
            "export default { resolve: { alias: { '@': './src' } }, test: { setupFiles: ['./test/setup.ts'] } };",
        ),
        ("package.json", '{"scripts": {"reporter": "./x.js"}, "jest": {"reporters": ["jest-junit"]}}'),
        ("src/jest.ts", "export default { testRunner: './x.js' };"),
    ],
)
def test_honest_configuration(path: str, new: str) -> None:
    assert found(new, path=path) == []


def test_code_that_moves_with_its_function_is_not_new() -> None:
    code = "function total() { if (process.env.VITEST) { return 42; } return sum(); }"
    assert rules(DETECTOR, change("src/a.ts", code, ""), change("src/b.ts", "", code)) == []
    # An end of the process in a program is not the same in a test.
    moved = (change("src/cli.ts", "process.exit(0);", ""), change(TEST, "", "process.exit(0);"))
    assert rules(DETECTOR, *moved) == ["js-process-exit"]


def test_a_hit_says_where_and_what() -> None:
    (hit,) = hits(DETECTOR, change(TEST, "f();\n", "f();\n\nafterAll(() => {\n  process.exit(0);\n});\n"))
    assert (hit.line, hit.context, hit.symbol, hit.harder) == (4, "process.exit(0);", "afterAll", False)
