//! What Linux tells of a process: processor time and resident memory.

use std::fs;
use std::time::{Duration, Instant};

use crate::Outcome;

/// Ticks of processor time in a second, as the kernel shows them to every program.
const TICKS: u64 = 100;

/// Processor time that this process has used so far, all threads together.
pub fn cpu() -> Outcome<Duration> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let ticks: Vec<u64> = fields.split_whitespace().skip(11).take(2).flat_map(str::parse).collect();
    Ok(Duration::from_millis(ticks.iter().sum::<u64>() * 1000 / TICKS))
}

/// Resident memory of a process in bytes, now and at most so far.
pub fn resident(pid: u32) -> Outcome<(u64, u64)> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let field = |name: &str| -> Outcome<u64> {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).ok_or("no such line")?;
        Ok(line.trim().trim_end_matches(" kB").trim().parse::<u64>()? * 1024)
    };
    Ok((field("VmRSS:")?, field("VmHWM:")?))
}

/// How long something took, and how much processor time of this process.
#[derive(Debug, Clone, Copy)]
pub struct Spent {
    /// By the clock on the wall.
    pub time: Duration,
    /// Of the processors.
    pub cpu: Duration,
}

impl Spent {
    /// Measures `work`.
    pub async fn on(work: impl Future<Output = Outcome<()>>) -> Outcome<Self> {
        let (start, before) = (Instant::now(), cpu()?);
        work.await?;
        Ok(Self { time: start.elapsed(), cpu: cpu()?.saturating_sub(before) })
    }

    /// So many things in that time, per second.
    pub fn rate(&self, things: usize) -> f64 {
        things as f64 / self.time.as_secs_f64()
    }

    /// Processor time of each of so many things, in microseconds.
    pub fn cpu_each(&self, things: usize) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / things as f64
    }
}
