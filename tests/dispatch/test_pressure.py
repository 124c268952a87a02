"""What is read from a kernel, and what is done without where a kernel does not say."""

from pathlib import Path

from gatekeeper.dispatch.pressure import LinuxKernel, OtherKernel, Reading

GIB = 1 << 30
MEMINFO = "MemTotal:       16777216 kB\nMemFree:  1 kB\nMemAvailable:    8388608 kB\n"
PSI = "some avg10={} avg60=0.00 avg300=0.00 total=1\nfull avg10=99.00 avg60=0.00 avg300=0.00 total=1\n"


def kernel(root: Path, files: dict[str, str]) -> LinuxKernel:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return LinuxKernel(str(root))


def test_memory_and_pressure(tmp_path: Path) -> None:
    psi = {f"proc/pressure/{name}": PSI.format(value) for name, value in (("memory", 1.5), ("io", 2.5), ("cpu", 3.5))}
    found = kernel(tmp_path, {"proc/meminfo": MEMINFO, **psi})
    assert found.total() == 16 * GIB
    assert found.read() == Reading(8 * GIB, 1.5, 2.5, 3.5)


def test_a_kernel_without_psi_and_cgroups(tmp_path: Path) -> None:
    assert kernel(tmp_path, {"proc/meminfo": MEMINFO}).read() == Reading(8 * GIB)


def test_no_proc_at_all(tmp_path: Path) -> None:
    found = kernel(tmp_path, {})
    assert found.total() is None
    assert found.read() == Reading()


def test_the_smallest_limit_of_the_cgroups_above_counts(tmp_path: Path) -> None:
    found = kernel(
        tmp_path,
        {
            "proc/meminfo": MEMINFO,
            "proc/self/cgroup": "0::/outer/inner\n",
            "sys/fs/cgroup/outer/memory.max": f"{4 * GIB}\n",
            "sys/fs/cgroup/outer/memory.current": f"{3 * GIB}\n",
            "sys/fs/cgroup/outer/memory.stat": f"anon 1\ninactive_file {GIB}\n",
            "sys/fs/cgroup/outer/inner/memory.max": "max\n",
            "sys/fs/cgroup/outer/inner/memory.high": f"{6 * GIB}\n",
        },
    )
    assert found.total() == 4 * GIB
    assert found.read().available == 2 * GIB  # 4 less 3 in use, of which 1 can be taken back


def test_cgroups_of_version_1(tmp_path: Path) -> None:
    found = kernel(
        tmp_path,
        {
            "proc/meminfo": MEMINFO,
            "proc/self/cgroup": "4:memory:/job\n0::/\n",
            "sys/fs/cgroup/memory/job/memory.limit_in_bytes": f"{2 * GIB}\n",
            "sys/fs/cgroup/memory/job/memory.usage_in_bytes": f"{GIB}\n",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
        },
    )
    assert found.total() == 2 * GIB
    assert found.read().available == GIB


def test_inside_a_container_the_path_may_be_the_hosts(tmp_path: Path) -> None:
    found = kernel(
        tmp_path,
        {
            "proc/meminfo": MEMINFO,
            "proc/self/cgroup": "0::/../../elsewhere\n",
            "sys/fs/cgroup/memory.max": f"{GIB}\n",
        },
    )
    assert found.total() == GIB


def test_elsewhere_the_memory_is_known_and_the_pressure_is_not() -> None:
    found = OtherKernel()
    assert (found.total() or 0) > 0
    assert found.read().memory_pressure is None
