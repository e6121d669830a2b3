//! What is measured by: CPU time as the scheduler counts it, and memory as the kernel counts it.

use std::fs::{read_dir, read_to_string};
use std::time::Duration;

use procfs::process::{Process, all_processes};

/// CPU time that single-threaded processes have used. Exact while they sleep.
pub fn cpu_of(pids: &[i32]) -> Duration {
    pids.iter().map(|pid| schedstat(&format!("/proc/{pid}/schedstat")).expect("the process runs")).sum()
}

/// CPU time that this thread has used. It sleeps first: the kernel brings the number up to date when a thread stops.
pub fn own_cpu() -> Duration {
    std::thread::sleep(Duration::from_micros(1));
    schedstat("/proc/thread-self/schedstat").expect("this thread runs")
}

/// CPU time of a process's threads, of those that have not ended.
pub fn threads_cpu(pid: u32) -> Duration {
    let threads = read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    threads.filter_map(|thread| schedstat(&thread.path().join("schedstat").display().to_string())).sum()
}

/// CPU time of all processes that a PostgreSQL server ever started but those in `except`: also of parallel workers,
/// which come and go. To 20 ms, since those that are gone are counted in ticks.
pub fn server_cpu(postmaster: u32, except: &[i32]) -> Duration {
    let parent = i32::try_from(postmaster).expect("a pid is small");
    let stats = all_processes().unwrap().flatten().filter_map(|process| process.stat().ok());
    let alive = stats.filter(|stat| stat.ppid == parent && !except.contains(&stat.pid));
    let alive: Duration = alive.filter_map(|stat| schedstat(&format!("/proc/{}/schedstat", stat.pid))).sum();
    let stat = Process::new(parent).and_then(|process| process.stat()).expect("the server runs");
    let ticks = u64::try_from(stat.cutime + stat.cstime).expect("time is not negative");
    alive + Duration::from_secs_f64(ticks as f64 / procfs::ticks_per_second() as f64)
}

fn schedstat(path: &str) -> Option<Duration> {
    let text = read_to_string(path).ok()?;
    Some(Duration::from_nanos(text.split(' ').next()?.parse().ok()?))
}

/// A line of a process's status such as `VmRSS` or `VmHWM`, in MB (10^6 bytes).
pub fn memory(pid: u32, line: &str) -> f64 {
    memory_if_alive(pid, line).expect("kilobytes")
}

/// A process that has just ended has none.
pub fn memory_if_alive(pid: u32, line: &str) -> Option<f64> {
    let status = read_to_string(format!("/proc/{pid}/status")).ok()?;
    let found = status.lines().find_map(|text| text.strip_prefix(line)?.strip_prefix(':'));
    let kilobytes = found.and_then(|text| text.trim().strip_suffix(" kB")?.parse::<f64>().ok());
    Some(kilobytes? * 1024.0 / 1e6)
}

pub fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
