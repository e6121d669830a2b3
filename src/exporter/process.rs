//! Reads what the kernel says of this process.

use crate::state::health::Process;

/// All zero where `/proc` is missing or hidden; a single value that cannot be read is zero.
pub(super) fn read() -> Process {
    let Ok(process) = procfs::process::Process::myself() else { return Process::default() };
    let mut numbers = Process::default();
    if let Ok(stat) = process.stat() {
        let ticks = procfs::ticks_per_second() as f64;
        numbers.cpu_seconds = (stat.utime + stat.stime) as f64 / ticks;
        numbers.resident_bytes = stat.rss * procfs::page_size();
        numbers.virtual_bytes = stat.vsize;
        numbers.threads = u64::try_from(stat.num_threads).unwrap_or(0);
        if let Ok(boot) = procfs::boot_time_secs() {
            numbers.start_time = boot as f64 + stat.starttime as f64 / ticks;
        }
    }
    numbers.open_descriptors = process.fd_count().map_or(0, |count| count as u64);
    if let Ok(limits) = process.limits() {
        numbers.max_descriptors = match limits.max_open_files.soft_limit {
            procfs::process::LimitValue::Value(value) => value,
            procfs::process::LimitValue::Unlimited => u64::MAX,
        };
    }
    numbers
}
