//! Faults of the state file: a disk that is full, and damage.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::fault::{Fault, Seen};
use crate::network::budget;
use crate::scene::{STATEMENT_TIMEOUT, Scene, TENANT, configuration, with_mounts};
use crate::support::exposition::Exposition;
use crate::support::totals::Totals;
use crate::watched::{Watched, errors, is_up};

pub const FAULTS: &[Fault] = &[
    Fault {
        name: "disk full at the state file",
        made: "the state file's file system, a small tmpfs, is filled up, and emptied",
        expected: "`cloacina_exporter_state_saved` 0 while up stays 1; totals stand still for 3 polls, then are shown unsaved; \
                   saved again with the next poll that has room; a start from what was saved before loses nothing",
        run: |scene| Box::pin(disk_full(scene)),
    },
    Fault {
        name: "disk full at the start",
        made: "the file system of the state file has no room, and no state file",
        expected: "it starts, reads and serves, with `cloacina_exporter_state_saved` 0 after the third poll; saved when there is \
                   room",
        run: |scene| Box::pin(full_at_the_start(scene)),
    },
    Fault {
        name: "state file damaged",
        made: "one byte is changed, at 12 places of the file; every place: `src/store/tests.rs`",
        expected: "never a crash: a damaged file is set aside as `….damaged-N`, which the log says, and counters start at \
                   zero; damage to the last record alone costs nothing",
        run: |scene| Box::pin(damaged(scene)),
    },
];

const SAVED: &str = "cloacina_exporter_state_saved";

async fn disk_full(scene: Scene) -> Seen {
    scene.prepare().await;
    let disk = scene.folder.path().join("disk");
    fs::create_dir(&disk).unwrap();
    let state = disk.join("state");
    let file = configuration(scene.folder.path(), &scene.url(), &state, STATEMENT_TIMEOUT);
    let mut exporter =
        Watched::start(&with_mounts("mount -t tmpfs -o size=256k none \"$0\"", &disk), &file).await;
    let disk = inside(&exporter, &disk);
    let busy = scene.busy().await;
    exporter.until_polled(TENANT).await;
    let filler = disk.join("filler");
    fill(&filler);
    let saved = |wanted: f64| move |page: &Exposition| page.get(SAVED, &[]) == Some(wanted);
    let began = std::time::Instant::now();
    let page = exporter.until("the state to be unsaved", saved(0.0)).await;
    let told = began.elapsed().as_secs_f64();
    assert_eq!(errors(&page, TENANT), 0.0);
    exporter.until_polled(TENANT).await;
    let left = scene.folder.path().join("left");
    fs::copy(disk.join("state"), &left).unwrap();
    fs::remove_file(filler).unwrap();
    exporter.until("the state to be saved", saved(1.0)).await;
    let truth = busy.stop().await;
    let mut seen = Seen::default();
    seen.note(format!("unsaved is told after {told:.1} s"));
    seen.counted(&exporter.until_counted(&truth, TENANT).await);
    let last = scene.folder.path().join("last");
    fs::copy(disk.join("state"), &last).unwrap();
    exporter.kill();
    exporter.finish();
    for state in [left, last] {
        let file = configuration(scene.folder.path(), &scene.url(), &state, STATEMENT_TIMEOUT);
        let mut exporter = Watched::start(&[], &file).await;
        exporter.until_counted(&truth, TENANT).await;
    }
    budget(&mut seen, &scene);
    seen
}

async fn full_at_the_start(scene: Scene) -> Seen {
    scene.prepare().await;
    let disk = scene.folder.path().join("disk");
    fs::create_dir(&disk).unwrap();
    let file = configuration(scene.folder.path(), &scene.url(), &disk.join("state"), STATEMENT_TIMEOUT);
    let mount = "mount -t tmpfs -o size=64k none \"$0\" && { head -c 128k /dev/zero > \"$0/filler\"; true; }";
    let mut exporter = Watched::start(&with_mounts(mount, &disk), &file).await;
    let busy = scene.busy().await;
    let page = exporter.until("the state to be unsaved", |page| page.get(SAVED, &[]) == Some(0.0)).await;
    assert!(is_up(&page, TENANT));
    let disk = inside(&exporter, &disk);
    fs::remove_file(disk.join("filler")).unwrap();
    exporter.until("the state to be saved", |page| page.get(SAVED, &[]) == Some(1.0)).await;
    let mut seen = Seen::default();
    seen.counted(&exporter.until_counted(&busy.stop().await, TENANT).await);
    exporter.finish();
    budget(&mut seen, &scene);
    seen
}

/// Where the test finds a file that only the exporter's process has mounted.
fn inside(exporter: &Watched, path: &Path) -> PathBuf {
    let root = PathBuf::from(format!("/proc/{}/root", exporter.exporter.pid()));
    root.join(path.strip_prefix("/").expect("the path is absolute"))
}

/// Writes until there is no room left.
fn fill(path: &Path) {
    let mut file = fs::File::create(path).unwrap();
    let page = [0_u8; 4096];
    let full = loop {
        if let Err(error) = file.write_all(&page) {
            break error;
        }
    };
    assert_eq!(full.kind(), std::io::ErrorKind::StorageFull, "{full}");
}

async fn damaged(scene: Scene) -> Seen {
    scene.prepare().await;
    let mut exporter = scene.watch(&scene.url()).await;
    let mut truth = scene.busy().await.stop().await;
    exporter.until_polled(TENANT).await;
    let busy = scene.busy().await;
    exporter.until_polled(TENANT).await;
    truth.merge(busy.stop().await);
    let wanted = exporter.until_counted(&truth, TENANT).await;
    exporter.kill();
    let state = scene.folder.path().join("state");
    let sound = fs::read(&state).unwrap();
    let (mut set_aside, mut whole) = (0, 0);
    // Among them the first byte, the last, and one of the last record.
    let places = (0..10).map(|part| sound.len() * part / 10).chain([sound.len() - 3, sound.len() - 1]);
    for place in places {
        let mut bytes = sound.clone();
        bytes[place] ^= 0x10;
        fs::write(&state, bytes).unwrap();
        exporter.forget();
        exporter.start_again().await;
        let counted = Totals::of_page(&exporter.page().await);
        let told = exporter.exporter.log().matches("was set aside; counters start at zero").count();
        if told > set_aside {
            assert_eq!(
                (told, counted.sum("executions"), counted.sum("events")),
                (set_aside + 1, 0, 0),
                "{place}"
            );
            set_aside = told;
        } else {
            assert_eq!(wanted.difference(&counted), "", "byte {place} of {}", sound.len());
            whole += 1;
        }
        exporter.kill();
    }
    let kept = fs::read_dir(scene.folder.path()).unwrap().flatten();
    let kept = kept.filter(|entry| entry.file_name().to_string_lossy().contains(".damaged-")).count();
    assert_eq!(kept, set_aside);
    assert!(set_aside >= 4 && whole >= 2, "{set_aside} {whole}");
    // After a fresh start all that follows counts.
    exporter.forget();
    fs::write(&state, b"something else").unwrap();
    exporter.start_again().await;
    let mut runner = scene.runner().await;
    runner.succeed("after").await;
    let mut seen = Seen::default();
    seen.note(format!("{set_aside} set aside, {whole} whole but for the last record"));
    seen.counted(&exporter.until_counted(&runner.truth, TENANT).await);
    exporter.finish();
    budget(&mut seen, &scene);
    seen
}
