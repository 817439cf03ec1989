"""Loading: what arrives, and one clear line for every kind of bad file."""

from __future__ import annotations

import gc
import gzip
import json
import re
from pathlib import Path

import builder
import pytest
from builder import Block, Shape, Way

from analysis.files import fields, reading, results
from analysis.files.errors import BadResultFile

FORMAT_DOC = Path(__file__).resolve().parents[2] / "docs" / "format.md"


def valid():
    return builder.result_file([Block(Shape(), (Way("pool", 2.0),))], rounds=2)


def complaint(path):
    with pytest.raises(BadResultFile) as error:
        results.load(path)
    message = str(error.value)
    assert "\n" not in message
    assert message.startswith(f"{path}: ")
    return message.removeprefix(f"{path}: ")


def test_rows_become_typed_samples(file_of):
    loaded = results.load(file_of(valid()))
    assert len(loaded.samples) == 6
    sample = loaded.samples[2]
    assert sample.case == results.Case(
        "factorize", "pool", 2, 300, 0, 0, 0, 0, "map", "default", "warm", "none", 0, 1, None, None, "strong"
    )
    assert (sample.role, sample.round, sample.half) == ("case", 0, None)
    assert (sample.build, sample.baseline) == ("head", "serial")
    assert sample.iteration_ns == (sample.real_time_ns, sample.real_time_ns)
    assert loaded.context.suite == "article" and loaded.context.cores == 2


def test_equal_cases_are_one_object(file_of):
    samples = results.load(file_of(valid())).samples
    assert samples[2].case is samples[5].case


def test_failures_and_skips_are_loaded(file_of):
    data = valid()
    data["failures"] = [builder.failure(Shape(), Way("pool", 1), "crash", "signal 11")]
    data["skipped"] = [builder.skip(Shape(), Way("pool", 1), "no fork here")]
    loaded = results.load(file_of(data))
    assert (loaded.failures[0].kind, loaded.failures[0].reason) == ("crash", "signal 11")
    assert loaded.skipped[0].reason == "no fork here"


def test_unknown_keys_are_allowed_everywhere(file_of):
    data = valid()
    for place in (data, data["context"], data["benchmarks"][0], data["benchmarks"][0]["breakeven"]):
        place["from_the_future"] = {"a": [1]}
    assert len(results.load(file_of(data)).samples) == 6


def test_unknown_keys_of_a_case_tell_cases_apart(file_of):
    data = valid()
    data["benchmarks"][2]["breakeven"]["case"]["numa"] = {"node": 1}
    samples = results.load(file_of(data)).samples
    assert samples[2].case != samples[5].case
    assert samples[2].case.other == (("numa", '{"node": 1}'),)


def test_optional_keys_of_a_case_have_defaults(file_of):
    data = valid()
    for key in ("shared_bytes", "seed", "cost_ns", "cost_label", "scaling"):
        del data["benchmarks"][2]["breakeven"]["case"][key]
    assert results.load(file_of(data)).samples[2].case.scaling == "strong"


def test_a_newer_minor_version_is_read(file_of):
    data = valid()
    data["context"]["breakeven"]["schema"] = "1.7.0"
    assert results.load(file_of(data)).samples


def test_the_example_of_the_documentation_is_valid(file_of):
    blocks = re.findall(r"```json\n(.*?)```", FORMAT_DOC.read_text(encoding="utf-8"), re.DOTALL)
    data = valid()
    data["benchmarks"] = [json.loads(next(block for block in blocks if '"run_type"' in block))]
    assert results.load(file_of(data)).samples[0].case.backend == "thread_pool"


def test_missing_file(tmp_path):
    assert "no such file" in complaint(tmp_path / "absent.json")


def test_folder_instead_of_a_file(tmp_path):
    assert "is a folder" in complaint(tmp_path)


def test_empty_file(file_of):
    assert complaint(file_of("")).startswith("is empty")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_truncated_file(file_of, share):
    text = json.dumps(valid(), indent=1)
    assert "is cut short" in complaint(file_of(text[: int(len(text) * share)].rstrip().rstrip("0123456789.")))


def test_malformed_file_names_the_place(file_of):
    assert "line 2, column 1" in complaint(file_of('{"context": {},\n!}'))


def test_binary_file(tmp_path):
    path = tmp_path / "results.json"
    path.write_bytes(b"\x7fELF\xff\xfe\x00")
    assert "not UTF-8" in complaint(path)


def test_compressed_file_reads_like_the_plain_one(tmp_path, file_of):
    path = tmp_path / "results.json.gz"
    path.write_bytes(gzip.compress(json.dumps(valid()).encode()))
    assert results.load(path).samples == results.load(file_of(valid())).samples


def test_truncated_compressed_file(tmp_path):
    path = tmp_path / "results.json.gz"
    path.write_bytes(gzip.compress(json.dumps(valid()).encode())[:-20])
    assert "is cut short" in complaint(path)


def test_damaged_compressed_file(tmp_path):
    path = tmp_path / "results.json.gz"
    raw = bytearray(gzip.compress(json.dumps(valid()).encode()))
    raw[20] ^= 0xFF
    path.write_bytes(bytes(raw))
    assert "is a damaged gzip file" in complaint(path)


def test_compressed_file_of_endless_zeros_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "_MAX_TEXT", 1000)
    path = tmp_path / "results.json.gz"
    path.write_bytes(gzip.compress(b"0" * 1001))
    assert "more than" in complaint(path)


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
def test_constants_that_are_not_json(file_of, constant):
    text = json.dumps(valid()).replace('"real_time": ', f'"real_time": {constant}, "was": ', 1)
    assert constant in complaint(file_of(text))


def test_a_number_beyond_a_double(file_of):
    text = json.dumps(valid()).replace('"real_time": ', '"real_time": 1e999, "was": ', 1)
    assert complaint(file_of(text)).startswith("benchmarks[0].real_time must be smaller")


def test_an_integer_of_thousands_of_digits(file_of):
    text = json.dumps(valid()).replace('"real_time": ', f'"real_time": {"9" * 5000}, "was": ', 1)
    assert complaint(file_of(text))


def test_nesting_without_end(file_of):
    assert "nested too deeply" in complaint(file_of("[" * 200_000))


def test_google_benchmarks_own_file_has_its_own_message(file_of):
    data = {"context": {"date": "now", "library_build_type": "release"}, "benchmarks": [{"name": "BM_x"}]}
    assert complaint(file_of(data)).startswith("a Google Benchmark file")


@pytest.mark.parametrize("data", [[], {}, 3, "text", None, {"context": []}, {"context": {"breakeven": 1}}])
def test_foreign_json(file_of, data):
    assert "not a Breakeven result file" in complaint(file_of(json.dumps(data)))


@pytest.mark.parametrize(
    "version, words",
    [("3.0.0", "newer Breakeven"), ("0.9.0", "older Breakeven"), ("one", "must be a version"), (1, "must")],
)
def test_other_versions_say_what_to_do(file_of, version, words):
    data = valid()
    data["context"]["breakeven"]["schema"] = version
    assert words in complaint(file_of(data))


def test_the_version_is_judged_before_the_rest(file_of):
    data = {"context": {"breakeven": {"schema": "9.0.0"}}, "rows": []}
    assert "newer Breakeven" in complaint(file_of(data))


@pytest.mark.parametrize("version", ["1.0.0", "1.7.2", "2.0.0", "2.9.0"])
def test_both_versions_are_read(file_of, version):
    data = valid()
    data["context"]["breakeven"]["schema"] = version
    assert results.load(file_of(data)).samples


def test_a_sample_that_stands_twice_is_refused(file_of):
    data = valid()
    data["benchmarks"].append(data["benchmarks"][0])
    assert "repeats the sample of sequence" in complaint(file_of(data))


def test_a_time_that_is_not_the_mean_of_its_iterations_is_refused(file_of):
    data = valid()
    data["benchmarks"][1]["real_time"] *= 2
    assert "benchmarks[1].real_time is not the mean" in complaint(file_of(data))


@pytest.mark.parametrize("key, value", [("digest", "zz"), ("ok", False), ("iteration_ns", [])])
def test_a_row_that_no_program_writes_is_refused(file_of, key, value):
    data = valid()
    data["benchmarks"][0]["breakeven"][key] = value
    assert f"benchmarks[0].breakeven.{key} must" in complaint(file_of(data))


def test_an_unknown_cpu_time_is_none_and_not_the_wall_time(file_of):
    data = valid()
    data["benchmarks"][0]["breakeven"].update({"cpu_time_ns": None, "cpu_time_known": False})
    assert results.load(file_of(data)).samples[0].cpu_time_ns is None


def test_the_tables_of_fields_in_the_format_are_the_schemas():
    document = FORMAT_DOC.read_text(encoding="utf-8")
    assert fields.current(document) == document, "run python3 -m analysis.files.fields docs/format.md"


@pytest.mark.parametrize(
    "key, value, message",
    [
        ("workers", "two", "benchmarks[1].breakeven.case.workers must be integer"),
        ("workers", True, "benchmarks[1].breakeven.case.workers must be integer"),
        ("workers", 0, "benchmarks[1].breakeven.case.workers must be bigger than or equal to 1"),
        ("tasks", -1, "benchmarks[1].breakeven.case.tasks must be bigger than or equal to 0"),
        ("chunk", "big", 'benchmarks[1].breakeven.case.chunk must be "default" or an integer of at least 1'),
        ("backend", None, "benchmarks[1].breakeven.case.backend must be string"),
    ],
)
def test_wrong_types_name_the_path(file_of, key, value, message):
    data = valid()
    data["benchmarks"][1]["breakeven"]["case"][key] = value
    assert complaint(file_of(data)) == message


def test_missing_keys_are_named(file_of):
    data = valid()
    del data["benchmarks"][3]["breakeven"]["case"]["pool"]
    assert complaint(file_of(data)) == "benchmarks[3].breakeven.case lacks pool"


def test_missing_top_level_array(file_of):
    data = valid()
    del data["failures"]
    assert complaint(file_of(data)) == "the file lacks failures"


def test_a_time_of_zero_is_refused(file_of):
    data = valid()
    data["benchmarks"][0]["real_time"] = 0
    assert complaint(file_of(data)).startswith("benchmarks[0].real_time must be bigger")


def test_the_collector_runs_again_after_a_failure(file_of):
    complaint(file_of("{"))
    assert gc.isenabled()
