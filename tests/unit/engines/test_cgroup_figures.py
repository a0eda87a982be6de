"""Peak memory and processor time, from files as version 1 and version 2 of the kernel's control groups write them."""

import pytest

from conformance.engines import cgroups
from conformance.engines.cgroups import Meter, available


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setattr(cgroups, "ROOT", tmp_path)
    return tmp_path


def group(root, meter, controller=""):
    folder = root / controller / meter.parent.lstrip("/")
    folder.mkdir(parents=True)
    return folder


def test_version_1_has_a_hierarchy_for_each_figure(root):
    meter = Meter("baseline")
    (group(root, meter, "memory") / "memory.max_usage_in_bytes").write_text("1048576\n")
    (group(root, meter, "cpuacct") / "cpuacct.usage").write_text("1500000000\n")
    assert (meter.peak_memory(), meter.cpu_seconds()) == (1048576, 1.5)


def test_version_2_has_one_for_all(root):
    meter = Meter("baseline")
    folder = group(root, meter)
    (folder / "memory.peak").write_text("2097152\n")
    (folder / "cpu.stat").write_text("usage_usec 250000\nuser_usec 200000\nsystem_usec 50000\n")
    assert (meter.peak_memory(), meter.cpu_seconds()) == (2097152, 0.25)


def test_a_kernel_without_the_figure_gives_none(root):
    meter = Meter("baseline")
    folder = group(root, meter)
    (folder / "cpu.stat").write_text("nr_periods 0\n")
    (folder / "memory.peak").write_text("max\n")
    assert (meter.peak_memory(), meter.cpu_seconds()) == (None, None)


def test_a_group_is_removed_wherever_it_was_made(root):
    meter = Meter("baseline")
    folders = [group(root, meter, controller) for controller in ("memory", "cpuacct")]
    meter.close()
    assert not any(folder.exists() for folder in folders)


def test_names_from_a_manifest_stay_one_folder_below_the_kits(root):
    meter = Meter("missing-dataset-../../../memory/é x")
    assert meter.parent.count("/") == 2
    assert ".." not in meter.parent.split("/")


def test_two_runs_of_one_name_have_groups_of_their_own(root):
    assert Meter("baseline").parent != Meter("baseline").parent


@pytest.mark.parametrize(("driver", "shared"), [("systemd", True), ("cgroupfs", False)])
def test_elsewhere_there_are_no_figures(root, driver, shared):
    assert available("cgroupfs", True)
    assert not available(driver, shared)
