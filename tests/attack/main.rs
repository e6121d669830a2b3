//! The built binary under attack over HTTP: while hostile clients do what they can, scrapers are served, one of them from the
//! attackers' address, and memory, open files and the log stay bounded. `tests/attack/run` does the same at full size.

#![allow(unreachable_pub, reason = "the modules of a test are its own")]

mod forms;
#[cfg(feature = "servers")]
mod full_size;
mod hostile;
mod scraper;
mod siege;
#[path = "../support/mod.rs"]
mod support;
mod target;

use std::time::Duration;

use siege::Size;
use target::Target;

/// How much memory an attack may cost, beyond what the exporter has with its page in all formats. A hundred connections
/// with full buffers are 15 MB.
const MORE_MEMORY: u64 = 48 << 20;

#[tokio::test(flavor = "multi_thread")]
async fn scrapers_are_served_under_every_attack_also_from_the_address_of_the_attackers() {
    let target = Target::start(50).await;
    let size = Size { clients: 250, lasts: Duration::from_millis(500), pause: Duration::from_millis(25) };
    let before = target.resident_bytes();
    for attack in hostile::ALL {
        let seen = siege::lay(&target, attack, size).await;
        println!("{}", seen.row(attack.name));
        for scraped in [&seen.shared, &seen.own] {
            assert_eq!(scraped.failed, [""; 0], "{}", attack.name);
            assert!(scraped.served > 0, "{}: {seen:?}", attack.name);
        }
        assert!(seen.most_resident < before + MORE_MEMORY, "{}: {seen:?}, before {before}", attack.name);
        // Connections, and what it has open anyway.
        assert!(seen.most_files < 100 + 50, "{}: {seen:?}", attack.name);
    }
    let log = target.exporter.log();
    assert!(!log.contains("panic") && log.lines().count() < 50, "{log}");
}
