"""Runs `breakeven check` of a program with itself, and reads what it said and wrote."""

from __future__ import annotations

import json

from analysis.cli import main


class Check:
    def __init__(self, tmp_path, capsys):
        self.folder, self.capsys = tmp_path, capsys
        self.out = tmp_path / "out"

    def __call__(self, program, *words):
        sides = ["--base", str(program), "--head", str(program), "--adapter", "breakeven"]
        command = ["check", *sides, "-o", str(self.out), *words]
        self.code = main(command)
        captured = self.capsys.readouterr()
        self.text, self.complaint = captured.out, captured.err
        file = self.out / "check.json"
        self.json = json.loads(file.read_text()) if file.exists() else None
        return self.code

    def verdicts(self):
        return {case["label"].split(" ")[0]: case["verdict"] for case in self.json["cases"]}
