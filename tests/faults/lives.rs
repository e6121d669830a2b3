//! The exporter's own life: killed or told to stop at any moment, and paused.

use std::time::{Duration, Instant};

use fastrand::Rng;

use crate::fault::{Fault, Seen};
use crate::network::budget;
use crate::scene::{Scene, TENANT};
use crate::support::process::{self, Signal};

pub const FAULTS: &[Fault] = &[
    Fault {
        name: "exporter killed or stopped",
        made: "SIGKILL and SIGTERM in turn, at random moments of polls and right after the start, ten times",
        expected: "no counter is ever lower than one that was shown; SIGTERM ends it with 0; what ended meanwhile counts after \
                   the start",
        run: |scene| Box::pin(ended(scene)),
    },
    Fault {
        name: "exporter paused",
        made: "SIGSTOP for 9 s, longer than any of its timeouts, and SIGCONT",
        expected: "scrapes wait; the poll that was under way may fail (timeout), the next reads all",
        run: |scene| Box::pin(paused(scene)),
    },
];

async fn ended(scene: Scene) -> Seen {
    scene.prepare().await;
    let mut exporter = scene.watch(&scene.url()).await;
    let busy = scene.busy().await;
    let mut rng = Rng::new();
    for round in 0..10 {
        tokio::time::sleep(Duration::from_millis(rng.u64(..1200))).await;
        if round % 2 == 0 {
            exporter.kill();
        } else {
            assert_eq!(exporter.terminate(), 0, "{}", exporter.exporter.log());
        }
        exporter.start_again().await;
    }
    let mut seen = Seen::default();
    seen.note("5 kills, 5 stops");
    seen.counted(&exporter.until_counted(&busy.stop().await, TENANT).await);
    exporter.finish();
    budget(&mut seen, &scene);
    seen
}

async fn paused(scene: Scene) -> Seen {
    scene.prepare().await;
    let mut exporter = scene.watch(&scene.url()).await;
    let busy = scene.busy().await;
    exporter.until_polled(TENANT).await;
    process::send(exporter.exporter.pid(), Signal::Stop);
    tokio::time::sleep(Duration::from_secs(9)).await;
    process::send(exporter.exporter.pid(), Signal::Continue);
    let began = Instant::now();
    exporter.until_polled(TENANT).await;
    let mut seen = Seen::default();
    seen.note(format!("read {:.1} s after it", began.elapsed().as_secs_f64()));
    seen.counted(&exporter.until_counted(&busy.stop().await, TENANT).await);
    exporter.finish();
    budget(&mut seen, &scene);
    seen
}
