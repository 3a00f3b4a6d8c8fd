"""Times of requests one after the other, of Carnet and of both floors in turn; and many browsers at once."""

import random
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bench.browser import Ask, Browser, Failed
from bench.figures import Figure, Saver, folded
from bench.filling import BROWSERS, Samples
from bench.paper_figures import issue
from bench.papers import EACH, Papers

WARM_UP = 5


@dataclass(frozen=True)
class Times:
    """Milliseconds."""

    median: float
    p95: float

    @classmethod
    def of(cls, seconds: list[float]) -> "Times":
        """The middle and the slow end of what was measured."""
        ordered = sorted(seconds)
        return cls(statistics.median(ordered) * 1000, ordered[int(len(ordered) * 0.95)] * 1000)


@dataclass(frozen=True)
class Result:
    """One figure beside its floors; `ratio` is the median of the ratios of rounds, which noise moves least."""

    name: str
    carnet: Times
    thin: Times
    bare: Times
    ratio: float
    limit: float
    bytes: int


def measure(figure: Figure, port: int, rounds: int) -> Result:
    """Ask Carnet, thin and bare in turn, by browsers in turn, so that all meet the same noise."""
    browsers = [Browser(port, number) for number in range(BROWSERS)]
    carnet: list[float] = []
    thin: list[float] = []
    bare: list[float] = []
    size = 0
    for number in range(-WARM_UP, rounds):
        browser = browsers[number % BROWSERS]
        # Every round has another number, in the warm-up as well: what was created or saved differs.
        once = number + WARM_UP
        took, body = _timed(browser, figure.carnet(browser, once))
        took_thin, _ = _timed(browser, figure.thin(browser, once))
        size = size or len(body)
        took_bare, _ = _timed(browser, Ask("GET", f"/floor/bare?size={size}"))
        if number >= 0:
            carnet.append(took)
            thin.append(took_thin)
            bare.append(took_bare)
    for browser in browsers:
        browser.close()
    ratio = statistics.median(carnet) / statistics.median(thin)
    return Result(figure.name, Times.of(carnet), Times.of(thin), Times.of(bare), ratio, figure.limit, size)


@dataclass(frozen=True)
class Load:
    """What so many browsers got done."""

    browsers: int
    carnet: float
    thin: float
    errors: int


def load(samples: Samples, port: int, browsers: int, seconds: float) -> Load:
    """Operations a second of a mix: seven of ten read or search, three save; Carnet and thin in turn."""
    saver = Saver(samples)
    rates: dict[str, list[float]] = {"carnet": [], "thin": []}
    errors = 0
    for _turn in range(2):
        for name, mix in (("carnet", _carnet_mix(samples, saver)), ("thin", _thin_mix(samples))):
            rate, failed = _run(mix, port, browsers, seconds / 4)
            rates[name].append(rate)
            errors += failed
    return Load(browsers, statistics.mean(rates["carnet"]), statistics.mean(rates["thin"]), errors)


def endurance(
    samples: Samples, port: int, browsers: int, minutes: int, megabytes: Callable[[], float]
) -> Iterator[tuple[float, float]]:
    """Operations a second of each minute of a long load, and the memory at its end."""
    saver = Saver(samples)
    for _minute in range(minutes):
        rate, failed = _run(_carnet_mix(samples, saver), port, browsers, 60)
        if failed:
            raise Failed(f"{failed} requests failed")
        yield rate, megabytes()


def issuing(papers: Papers, port: int) -> str:
    """How many invoices of 20 lines all browsers issue together in a second, and how many lines thin saves."""

    def rate(ask: Callable[[int, int], Ask]) -> tuple[float, int]:
        failed: list[int] = []

        def work(clerk: int) -> None:
            browser = Browser(port, clerk)
            browser.csrf()
            gate.wait()
            for number in range(EACH):
                try:
                    browser.ask(ask(clerk, number))
                except (Failed, OSError):
                    failed.append(clerk)
            browser.close()

        gate = threading.Barrier(BROWSERS + 1)
        threads = [threading.Thread(target=work, args=(clerk,)) for clerk in range(BROWSERS)]
        for thread in threads:
            thread.start()
        gate.wait()
        began = time.monotonic()
        for thread in threads:
            thread.join()
        return BROWSERS * EACH / (time.monotonic() - began), len(failed)

    def thin(clerk: int, number: int) -> Ask:
        line = papers.first_line(papers.short(clerk)) + 1
        return Ask("POST", f"/floor/line/{line}", {"quantity": str(number + 1)})

    saves, _failed = rate(thin)
    issued, failed = rate(lambda clerk, number: issue(papers.to_issue(clerk, number)))
    return f"{issued:.0f} invoices a second, {failed} errors; thin saves {saves:.0f} lines a second"


Mix = Callable[[Browser, random.Random], Ask]


def _carnet_mix(samples: Samples, saver: Saver) -> Mix:
    def ask(browser: Browser, chance: random.Random) -> Ask:
        kind, card = chance.random(), _own_card(browser, chance)
        if kind < 0.3:
            return saver.ask(browser, card)
        if kind < 0.5:
            return Ask("GET", "/contacts")
        if kind < 0.7:
            piece = folded(chance.choice(samples.rare if kind < 0.6 else samples.common))
            return Ask("GET", f"/contacts?q={piece}", htmx=True)
        return Ask("GET", f"/contacts/{samples.family(card)}")

    return ask


def _thin_mix(samples: Samples) -> Mix:
    def ask(browser: Browser, chance: random.Random) -> Ask:
        kind, number = chance.random(), _own_card(browser, chance)
        if kind < 0.3:
            phone = f"450 555-{chance.randrange(10000):04d}"
            return Ask("POST", f"/floor/save/{samples.other(number)}", {"phone": phone})
        if kind < 0.5:
            return Ask("GET", "/floor/list")
        if kind < 0.7:
            piece = folded(chance.choice(samples.rare if kind < 0.6 else samples.common))
            return Ask("GET", f"/floor/search?limit=51&q={piece}")
        return Ask("GET", f"/floor/card/{samples.family(number)}")

    return ask


def _own_card(browser: Browser, chance: random.Random) -> int:
    """Nobody saves a card that somebody else has open: each browser has numbers of its own."""
    return browser.number + BROWSERS * chance.randrange(6)


def _run(mix: Mix, port: int, browsers: int, seconds: float) -> tuple[float, int]:
    done, failed = [0] * browsers, [0] * browsers
    until = time.monotonic() + seconds

    def work(number: int) -> None:
        browser, chance = Browser(port, number), random.Random(number)
        while time.monotonic() < until:
            try:
                browser.ask(mix(browser, chance))
                done[number] += 1
            except (Failed, OSError):
                failed[number] += 1
        browser.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(browsers)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done) / (time.monotonic() - began), sum(failed)


def _timed(browser: Browser, ask: Ask) -> tuple[float, bytes]:
    request = browser.prepare(ask)
    began = time.perf_counter()
    body = browser.send(request, ask.status)
    return time.perf_counter() - began, body
