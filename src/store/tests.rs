//! Facts about the state file: what survives a crash, and what is done about damage.

use std::os::unix::fs::PermissionsExt;

use super::*;

type State = (String, Vec<u64>);

fn open(path: &Path) -> Opened<State> {
    Store::open(path, |state: &mut State, record: u64| state.1.push(record)).unwrap()
}

/// A state file with a state and the records 1000, 2000, 3000.
fn written(path: &Path) -> Vec<u8> {
    let mut store = open(path).store;
    store.compact(&("state".to_owned(), Vec::<u64>::new())).unwrap();
    for record in [1000_u64, 2000, 3000] {
        store.append(&record).unwrap();
    }
    drop(store);
    fs::read(path).unwrap()
}

/// Every outcome allowed for a file that was not left as it was written.
fn assert_prefix_or_set_aside(path: &Path, case: &str) {
    let opened = open(path);
    match (opened.state, opened.set_aside) {
        (Some((name, records)), None) => {
            assert_eq!(name, "state", "{case}");
            assert_eq!(records, [1000, 2000, 3000][..records.len()], "{case}");
            assert_eq!(opened.records, records.len(), "{case}");
        }
        (None, Some(set_aside)) => {
            assert!(set_aside.path.exists(), "{case}");
            assert!(!path.exists(), "{case}");
            fs::remove_file(set_aside.path).unwrap();
        }
        other => panic!("{case}: {other:?}"),
    }
}

#[test]
fn a_missing_file_has_no_state_and_needs_compaction_first() {
    let directory = tempfile::tempdir().unwrap();
    let mut opened = open(&directory.path().join("state"));
    assert_eq!(opened.state, None);
    assert!(opened.set_aside.is_none());
    assert!(opened.store.needs_compaction());
    assert!(matches!(opened.store.append(&1_u64), Err(Error::NeedsCompaction { .. })));
}

#[test]
fn an_empty_file_is_as_good_as_none() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state");
    fs::write(&path, b"").unwrap();
    let mut opened = open(&path);
    assert_eq!((opened.state, opened.set_aside.is_none()), (None, true));
    opened.store.compact(&("first".to_owned(), vec![7_u64])).unwrap();
    drop(opened.store);
    assert_eq!(open(&path).state, Some(("first".to_owned(), vec![7])));
}

#[test]
fn records_are_folded_in_the_order_of_appending() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state");
    written(&path);
    let opened = open(&path);
    assert_eq!(opened.state, Some(("state".to_owned(), vec![1000, 2000, 3000])));
    assert_eq!((opened.records, opened.torn_bytes), (3, 0));
    assert!(!opened.store.needs_compaction());
}

#[test]
fn appending_goes_on_after_a_restart_and_compaction_empties_the_journal() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state");
    written(&path);
    let mut store = open(&path).store;
    store.append(&4000_u64).unwrap();
    drop(store);
    let mut opened = open(&path);
    assert_eq!(opened.records, 4);
    opened.store.compact(&opened.state.unwrap()).unwrap();
    assert_eq!(opened.store.journal_bytes(), 0);
    opened.store.append(&5000_u64).unwrap();
    drop(opened.store);
    let opened = open(&path);
    assert_eq!(opened.state, Some(("state".to_owned(), vec![1000, 2000, 3000, 4000, 5000])));
    assert_eq!(opened.records, 1);
}

#[test]
fn a_file_cut_at_any_byte_gives_a_prefix_of_the_records_or_is_set_aside() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state");
    let bytes = written(&path);
    for length in 1..=bytes.len() {
        fs::write(&path, &bytes[..length]).unwrap();
        assert_prefix_or_set_aside(&path, &format!("{length} of {} bytes", bytes.len()));
    }
}

#[test]
fn a_flipped_bit_at_any_byte_gives_a_prefix_of_the_records_or_is_set_aside() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state");
    let bytes = written(&path);
    for (index, bit) in (0..bytes.len()).flat_map(|index| (0..8).map(move |bit| (index, bit))) {
        let mut flipped = bytes.clone();
        flipped[index] ^= 1 << bit;
        fs::write(&path, &flipped).unwrap();
        assert_prefix_or_set_aside(&path, &format!("bit {bit} of byte {index}"));
    }
}

#[test]
fn a_torn_last_record_is_dropped_counted_and_overwritten_by_the_next() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state");
    let bytes = written(&path);
    fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
    let mut opened = open(&path);
    assert_eq!(opened.records, 2);
    assert_eq!(opened.torn_bytes, 13);
    opened.store.append(&9_u64).unwrap();
    drop(opened.store);
    let opened = open(&path);
    assert_eq!(opened.state, Some(("state".to_owned(), vec![1000, 2000, 9])));
    assert_eq!(opened.torn_bytes, 0);
}

#[test]
fn zeros_behind_the_last_record_are_a_torn_record() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state");
    let mut bytes = written(&path);
    bytes.resize(bytes.len() + 4096, 0);
    fs::write(&path, &bytes).unwrap();
    let opened = open(&path);
    assert_eq!((opened.records, opened.torn_bytes), (3, 4096));
}

#[test]
fn damage_before_a_whole_record_sets_the_file_aside_and_names_the_record() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state");
    let mut bytes = written(&path);
    let second_payload = bytes.len() - 16;
    bytes[second_payload] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let set_aside = open(&path).set_aside.unwrap();
    assert_eq!(set_aside.damage, Damage::Record(2));
    assert_eq!(set_aside.path, directory.path().join("state.damaged-1"));
    assert_eq!(fs::read(set_aside.path).unwrap(), bytes);
}

#[test]
fn files_set_aside_never_overwrite_each_other() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state");
    for number in 1..=3 {
        fs::write(&path, format!("something else {number}")).unwrap();
        let set_aside = open(&path).set_aside.unwrap();
        assert_eq!(set_aside.damage, Damage::Foreign);
        assert_eq!(set_aside.path, directory.path().join(format!("state.damaged-{number}")));
    }
    assert_eq!(fs::read_to_string(directory.path().join("state.damaged-2")).unwrap(), "something else 2");
}

#[test]
fn a_newer_format_is_set_aside_with_its_number() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state");
    let mut bytes = written(&path);
    bytes[24] = 9;
    fs::write(&path, &bytes).unwrap();
    let damage = open(&path).set_aside.unwrap().damage;
    assert_eq!(damage.to_string(), "it is of format 9, and this program reads format 3");
}

#[test]
fn records_of_another_layout_are_damage_and_not_skipped() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state");
    written(&path);
    let opened = Store::open(&path, |_: &mut State, _: (String, String)| {}).unwrap();
    assert_eq!(opened.state, None);
    assert_eq!(opened.set_aside.unwrap().damage, Damage::Record(1));
}

#[test]
fn a_second_exporter_is_refused_until_the_first_lets_go() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state");
    let mut first = open(&path).store;
    first.compact(&("state".to_owned(), vec![0_u64])).unwrap();
    let second = Store::open(&path, |_: &mut State, _: u64| {});
    assert!(matches!(second, Err(Error::InUse { .. })), "{second:?}");
    drop(first);
    assert_eq!(open(&path).state, Some(("state".to_owned(), vec![0])));
}

#[test]
fn the_file_and_its_lock_are_readable_by_their_owner_only() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state");
    written(&path);
    for path in [path.clone(), beside(&path, ".lock")] {
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "{}", path.display());
    }
}

#[test]
fn nothing_but_the_file_and_its_lock_is_left_behind() {
    let directory = tempfile::tempdir().unwrap();
    written(&directory.path().join("state"));
    let mut names: Vec<_> =
        fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["state", "state.lock"]);
}

#[test]
fn a_failed_append_leaves_the_good_records_and_asks_for_compaction() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state");
    let bytes = written(&path);
    let mut store = open(&path).store;
    // The kernel's own full disk.
    store.journal = Some(OpenOptions::new().write(true).open("/dev/full").unwrap());
    let error = store.append(&4000_u64).unwrap_err();
    assert!(error.to_string().starts_with("cannot append to the state file"), "{error}");
    assert!(store.needs_compaction());
    assert!(matches!(store.append(&5000_u64), Err(Error::NeedsCompaction { .. })));
    assert_eq!(fs::read(&path).unwrap(), bytes);
    store.compact(&("compacted".to_owned(), vec![4000_u64])).unwrap();
    store.append(&5000_u64).unwrap();
    drop(store);
    assert_eq!(open(&path).state, Some(("compacted".to_owned(), vec![4000, 5000])));
}

#[test]
fn a_failed_compaction_leaves_the_old_file_and_its_journal_usable() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state");
    let bytes = written(&path);
    let mut store = open(&path).store;
    let gone = std::mem::replace(&mut store.path, directory.path().join("no/such/directory"));
    let error = store.compact(&("new".to_owned(), vec![0_u64])).unwrap_err();
    assert!(error.to_string().starts_with("cannot write a new version of the state file"), "{error}");
    store.path = gone;
    assert_eq!(fs::read(&path).unwrap(), bytes);
    store.append(&4000_u64).unwrap();
    drop(store);
    assert_eq!(open(&path).records, 4);
}

#[test]
fn the_journal_needs_compaction_once_it_is_longer_than_four_mebibytes_and_twice_the_state() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state");
    let mut store = open(&path).store;
    store.compact(&("s".to_owned(), vec![0_u64])).unwrap();
    // 12 bytes of frame and 3 of the text's length make this record 1 MiB.
    let record = "r".repeat(1024 * 1024 - 15);
    for _ in 0..4 {
        store.append(&record).unwrap();
    }
    assert_eq!(store.journal_bytes(), SMALLEST_JOURNAL_LIMIT);
    assert!(!store.needs_compaction());
    store.append(&0_u64).unwrap();
    assert!(store.needs_compaction());
}

#[test]
fn a_length_beyond_the_file_is_not_believed() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state");
    let mut bytes = written(&path);
    let length = u32::MAX.to_le_bytes();
    bytes.extend(length);
    bytes.extend(crc32fast::hash(&length).to_le_bytes());
    bytes.extend([0; 8]);
    fs::write(&path, &bytes).unwrap();
    let opened = open(&path);
    assert_eq!((opened.records, opened.torn_bytes), (3, 16));
}
