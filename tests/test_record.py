"""The record of measurements: nested answers, several measurements at a time, and the card that is made of it."""

import json
import multiprocessing

import pytest

from helpers.networks.shipped import DIGITS, FACES
from helpers.weights import SHIPPED
from training.measuring import manga, mnist
from training.measuring.record import Measurement, Record


def keep_many(path, name):
    for place in range(30):
        Record(path).keep((name, str(place)), place)


def test_an_answer_stands_under_the_keys_of_its_question(tmp_path):
    record = Record(tmp_path / "measured.json")
    assert record.read() == {} and record.answer(("real", "lorelei")) is None
    record.keep(("real", "lorelei"), {"mean": 1.5})
    record.keep(("count",), 20)
    assert record.read() == {"real": {"lorelei": {"mean": 1.5}}, "count": 20}
    assert record.answer(("real", "lorelei")) == {"mean": 1.5}


def test_two_measurements_at_a_time_keep_both_results(tmp_path):
    path = tmp_path / "measured.json"
    fresh = multiprocessing.get_context("spawn")
    writers = [fresh.Process(target=keep_many, args=(path, name)) for name in ("one", "other")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(timeout=120)
    assert json.loads(path.read_text()) == {name: {str(n): n for n in range(30)} for name in ("one", "other")}


def test_only_what_is_missing_is_asked(tmp_path, capsys):
    record = Record(tmp_path / "measured.json")
    record.keep(("known",), 1)
    record.ask({("known",): lambda: 2, ("new",): lambda: 3}, missing=True)
    assert record.read() == {"known": 1, "new": 3} and capsys.readouterr().out == "new: 3\n"
    record.ask({("known",): lambda: 2})
    assert record.answer(("known",)) == 2


def test_a_measurement_asks_under_one_key_and_writes_the_card(tmp_path):
    (tmp_path / "card.md").write_text("{steps} steps: {seen}\n")
    asked = {("seen",): lambda: 1, ("heard", "twice"): lambda: pytest.fail("was not asked for")}
    found = Measurement(tmp_path, {("steps",): 5}, asked, tmp_path / "card.md", lambda measured: measured)
    found.take(only="seen")
    assert (tmp_path / "README.md").read_text() == "5 steps: 1\n"
    with pytest.raises(ValueError, match="under 'smelt'; expected one of seen, heard"):
        found.take(only="smelt")


@pytest.mark.parametrize(("drawing", "measuring"), [(FACES, manga), (DIGITS, mnist)])
def test_the_shipped_cards_tell_what_was_measured(drawing, measuring):
    measured = Record(SHIPPED / drawing / "measured.json").read()
    card = (SHIPPED / drawing / "README.md").read_text(encoding="utf-8")
    assert measuring.TEMPLATE.read_text(encoding="utf-8").format(**measuring.fill(measured)) == card
    rows = [*measuring.job_rows(measured), *measuring.drawn_rows(measured)]
    assert len(rows) > 10 and all(row in card for row in rows)


def test_the_faces_were_measured_with_and_without_noise():
    rows = manga.drawn_rows(Record(SHIPPED / FACES / "measured.json").read())
    assert {row.split(" | ")[0].strip("| ") for row in rows} >= {"faces_100", "faces_500", "faces_200, no step noise"}
