//! Which tenants this process reads, when several share the work: each tenant falls to exactly one shard, by its label.
//!
//! The rule never changes, or a new version would move tenants about: FNV-1a of 64 bits over the label's UTF-8 bytes gives
//! a key, and the jump consistent hash of Lamping and Veach gives that key a shard. Going from n shards to n + 1 moves
//! one tenant in n + 1, and all of those to the new shard.

use std::fmt;

use super::load::Source;
use super::{Error, Setting, file};

const MOST_SHARDS: u64 = 1024;

/// One of `count` processes; `index` is below `count`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    index: u32,
    count: u32,
}

impl Shard {
    /// The only one: all tenants are its own.
    pub const WHOLE: Self = Self { index: 0, count: 1 };

    /// `None` unless `index` is below `count`.
    pub const fn new(index: u32, count: u32) -> Option<Self> {
        if index < count { Some(Self { index, count }) } else { None }
    }

    pub const fn is_whole(self) -> bool {
        self.count == 1
    }

    /// Whether the tenant with this label falls to this shard.
    pub fn holds(self, label: &str) -> bool {
        self.is_whole() || jump(fnv_1a(label.as_bytes()), self.count) == self.index
    }
}

impl Default for Shard {
    fn default() -> Self {
        Self::WHOLE
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} of {}, counted from 0", self.index, self.count)
    }
}

/// What flags or variables say comes before the file, each of the two by itself.
pub(super) fn build(
    index: Option<Setting>,
    count: Option<Setting>,
    file: file::Shard,
    source: &Source,
) -> Result<Shard, Error> {
    let given = index.map(number).transpose()?;
    let index = given.or(source.optional("shard.index", file.index));
    let given = count.map(number).transpose()?;
    let count = given.or(source.optional("shard.count", file.count));
    let total: u32 = count.as_ref().map_or(Ok(1), |count| count.number(1..=MOST_SHARDS))?;
    match index {
        None if total == 1 => Ok(Shard::WHOLE),
        None => Err(Error::Setting {
            origin: count.map_or_else(String::new, |count| count.origin),
            problem: format!("of {total} shards, which is this one? Give --shard.index as well, from 0"),
        }),
        Some(index) => {
            let number = index.number(0..=u64::from(total) - 1)?;
            Shard::new(number, total).ok_or_else(|| index.wrong("it must be below the number of shards"))
        }
    }
}

fn number(setting: Setting) -> Result<Setting<u64>, Error> {
    match setting.value.trim().parse() {
        Ok(value) => Ok(Setting::new(value, setting.origin)),
        Err(_) => Err(setting.wrong(format!("`{}` is not a whole number", setting.value))),
    }
}

fn fnv_1a(bytes: &[u8]) -> u64 {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, step)
}

fn jump(mut key: u64, buckets: u32) -> u32 {
    let (mut last, mut next) = (0, 0_u64);
    while next < u64::from(buckets) {
        last = next;
        key = key.wrapping_mul(2_862_933_555_777_941_757).wrapping_add(1);
        let scale = (1_u64 << 31) as f64 / ((key >> 33) + 1) as f64;
        // Below 2^42, so that every step is exact up to the rounding that the published algorithm has too.
        next = ((last + 1) as f64 * scale) as u64;
    }
    u32::try_from(last).expect("it is below the number of buckets")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shard_of(label: &str, count: u32) -> Vec<u32> {
        (0..count).filter(|index| Shard::new(*index, count).unwrap().holds(label)).collect()
    }

    #[test]
    fn the_hashes_are_the_published_ones() {
        assert_eq!(fnv_1a(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv_1a(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv_1a(b"foobar"), 0x8594_4171_f739_67e8);
        let keys = [(1, 1), (42, 57), (0xDEAD_10CC, 1), (0xDEAD_10CC, 666), (256, 1024)];
        assert_eq!(keys.map(|(key, buckets)| jump(key, buckets)), [0, 43, 0, 361, 520]);
    }

    #[test]
    fn a_label_keeps_its_shard_from_version_to_version() {
        let shards = |label| [1, 2, 3, 4, 10, 1024].map(|count| shard_of(label, count));
        assert_eq!(shards("public"), [0, 1, 1, 3, 3, 820].map(|shard| vec![shard]));
        assert_eq!(shards("tenant_a"), [0, 0, 0, 3, 3, 400].map(|shard| vec![shard]));
        assert_eq!(shards("orders/tenant_a"), [0, 0, 0, 0, 0, 361].map(|shard| vec![shard]));
        assert_eq!(shards("größe"), [0, 0, 0, 0, 0, 632].map(|shard| vec![shard]));
    }

    #[test]
    fn ten_thousand_tenants_are_spread_evenly() {
        for count in [2, 3, 16] {
            let mut tenants = vec![0_u32; count as usize];
            for number in 0..10_000 {
                let label = format!("tenant_{number}");
                tenants[jump(fnv_1a(label.as_bytes()), count) as usize] += 1;
            }
            let even = 10_000 / count;
            assert!(tenants.iter().all(|held| held.abs_diff(even) < even / 8), "{count}: {tenants:?}");
        }
    }

    #[test]
    fn there_is_no_shard_beyond_the_last() {
        assert_eq!(Shard::new(3, 3), None);
        assert_eq!(Shard::new(0, 0), None);
        assert_eq!(Shard::new(0, 1), Some(Shard::WHOLE));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn each_tenant_is_in_exactly_one_shard(label in ".{0,40}", count in 1_u32..=40) {
            prop_assert_eq!(shard_of(&label, count).len(), 1);
        }

        #[test]
        fn one_shard_more_takes_tenants_and_moves_none_between_the_others(label in ".{0,40}", count in 1_u32..=1023) {
            let key = fnv_1a(label.as_bytes());
            let (before, after) = (jump(key, count), jump(key, count + 1));
            prop_assert!(before < count);
            prop_assert!(after == before || after == count);
        }
    }

    #[test]
    fn one_shard_more_moves_about_its_share() {
        for count in [1, 3, 9, 31] {
            let key = |number: u32| fnv_1a(format!("tenant_{number}").as_bytes());
            let moved =
                (0..10_000).filter(|number| jump(key(*number), count) != jump(key(*number), count + 1));
            let (moved, share) = (moved.count() as u32, 10_000 / (count + 1));
            assert!(moved.abs_diff(share) < share / 5, "{count}: {moved} moved, {share} is the share");
        }
    }
}
