//! The bodies of the fuzz targets, fed with the committed inputs and with mutations of them: the same ones each time. What
//! takes longer, and looks at coverage, is `tests/fuzz`.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

#[path = "../fuzz/bodies/mod.rs"]
mod bodies;

const LONGEST: usize = 4096;

/// What means something to one of the readers.
const WORDS: [&[u8]; 16] = [
    b"\0",
    b"\n",
    b"\"",
    b"\\",
    b",",
    b";q=0.5",
    b"gzip",
    b"*/*",
    b"::",
    b"}",
    b"# EOF",
    b"'",
    b": ",
    b"\xff",
    b"-0",
    b"\xe2\x80\xae",
];

fn seeds(target: &str) -> Vec<Vec<u8>> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let entries = fs::read_dir(&directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| fs::read(file).unwrap()).collect()
}

fn mutate(random: &mut fastrand::Rng, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut input = seeds[random.usize(..seeds.len())].clone();
    for _ in 0..=random.usize(..4) {
        let at = random.usize(..=input.len());
        match random.u8(..5) {
            0 if at < input.len() => input[at] = random.u8(..),
            1 if at < input.len() => drop(input.drain(at..(at + random.usize(1..8)).min(input.len()))),
            2 => {
                let other = &seeds[random.usize(..seeds.len())];
                input.truncate(at);
                input.extend(&other[random.usize(..=other.len())..]);
            }
            3 => {
                let again = input[at..(at + random.usize(..64)).min(input.len())].to_vec();
                input.splice(at..at, again);
            }
            _ => drop(input.splice(at..at, WORDS[random.usize(..WORDS.len())].iter().copied())),
        }
        input.truncate(LONGEST);
    }
    input
}

/// The committed inputs, and so many mutations.
fn feed(target: &str, mutations: usize) {
    let (_, body) = bodies::ALL.into_iter().find(|(name, _)| *name == target).expect("the target exists");
    let seeds = seeds(target);
    assert!(!seeds.is_empty(), "no inputs for {target}");
    let mut random = fastrand::Rng::with_seed(6);
    let mutated = (0..mutations).map(|_| mutate(&mut random, &seeds));
    for input in seeds.iter().cloned().chain(mutated) {
        let outcome = catch_unwind(AssertUnwindSafe(|| body(&input)));
        assert!(outcome.is_ok(), "{target} fails for \"{}\"", input.escape_ascii());
    }
}

#[test]
fn no_configuration_brings_it_down() {
    feed("configuration", 1000);
}

#[test]
fn every_failure_text_has_a_reason_and_is_shown_on_one_line() {
    feed("failure_text", 1000);
}

#[test]
fn headers_mean_the_same_joined_or_apart() {
    feed("negotiation", 2000);
}

#[test]
fn an_instant_that_is_read_is_written_so_that_it_is_read_as_the_same() {
    feed("timestamp", 2000);
}

#[test]
fn what_a_calendar_says_is_next_is_next() {
    feed("calendar", 1000);
}

#[test]
fn any_names_give_pages_that_can_be_read_and_agree() {
    feed("series", 300);
}

#[test]
fn no_state_file_brings_it_down() {
    feed("state_file", 500);
}

#[test]
fn no_web_configuration_brings_it_down_and_no_message_gives_a_secret_away() {
    feed("web_configuration", 1000);
}

#[test]
fn every_target_is_fed_here() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    let mut fed: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    fed.sort();
    let mut targets: Vec<_> = bodies::ALL.into_iter().map(|(name, _)| name.to_owned()).collect();
    targets.sort();
    assert_eq!(fed, targets);
}
