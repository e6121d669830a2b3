//! Shards lose and gain tenants by a reload.

use std::collections::{BTreeMap, BTreeSet};

use cloacina_exporter::config::Shard;

use super::{Site, UP, executions, reload};
use crate::support::exporter::Exporter;
use crate::support::exposition::Exposition;

const TENANTS: [&str; 10] = ["t0", "t1", "t2", "t3", "t4", "t5", "t6", "t7", "t8", "t9"];

fn shard(index: u32, count: u32) -> String {
    format!("poll: {{interval: 1s}}\nshard: {{index: {index}, count: {count}}}")
}

fn held(index: u32, count: u32) -> BTreeSet<String> {
    let shard = Shard::new(index, count).unwrap();
    TENANTS.into_iter().filter(|tenant| shard.holds(tenant)).map(str::to_owned).collect()
}

/// Those of which there is any series of the database's.
fn shown(page: &Exposition) -> BTreeSet<String> {
    let series = page.samples.keys().filter(|series| series.name.starts_with("cloacina_state_"));
    series.filter_map(|series| series.labels.get("tenant").cloned()).collect()
}

fn counted(page: &Exposition) -> BTreeMap<String, f64> {
    shown(page).into_iter().map(|tenant| (tenant.clone(), executions(page, &tenant))).collect()
}

async fn until_it_reads(exporter: &mut Exporter, tenants: &BTreeSet<String>) {
    let reads = |page: &Exposition| shown(page) == *tenants && page.sum(UP, &[]) == tenants.len() as f64;
    exporter.until("its tenants", reads).await;
}

/// One execution in each tenant.
async fn work(site: &Site, seed: u64) {
    for (index, tenant) in TENANTS.iter().enumerate() {
        site.runner(tenant, seed * 100 + index as u64).await.succeed("w").await;
    }
}

#[tokio::test]
async fn tenants_that_move_to_a_new_shard_and_back_are_shown_by_one_shard_and_keep_exact_totals() {
    let site = Site::new(&TENANTS).await;
    let mut shards = Vec::new();
    for index in 0..2 {
        let name = format!("shard-{index}");
        site.configure(&name, &shard(index, 2));
        shards.push(site.start(&name).await);
    }
    for (index, exporter) in shards.iter_mut().enumerate() {
        until_it_reads(exporter, &held(index as u32, 2)).await;
    }
    let all = async |shards: &mut [Exporter], total: f64| {
        for (index, exporter) in shards.iter_mut().enumerate() {
            let wanted = held(index as u32, 2).into_iter().map(|tenant| (tenant, total)).collect();
            exporter.until("its totals", |page| counted(page) == wanted).await;
        }
    };
    work(&site, 1).await;
    all(&mut shards, 1.0).await;

    let ((), ()) = tokio::join!(work(&site, 2), async {
        for (index, exporter) in shards.iter().enumerate() {
            site.configure(&format!("shard-{index}"), &shard(index as u32, 3));
            reload(exporter).await;
            let page = exporter.metrics().await;
            assert!(shown(&page).is_subset(&held(index as u32, 3)), "those that went are gone at once");
        }
    });
    for (index, exporter) in shards.iter_mut().enumerate() {
        let wanted = held(index as u32, 3).into_iter().map(|tenant| (tenant, 2.0)).collect();
        exporter.until("what stayed", |page| counted(page) == wanted).await;
    }
    site.configure("shard-2", &shard(2, 3));
    let mut third = site.start("shard-2").await;
    let moved = held(2, 3);
    assert!(!moved.is_empty());
    until_it_reads(&mut third, &moved).await;
    let ((), ()) = tokio::join!(work(&site, 3), async {
        for (index, exporter) in shards.iter().enumerate() {
            site.configure(&format!("shard-{index}"), &shard(index as u32, 2));
            reload(exporter).await;
        }
    });
    all(&mut shards, 3.0).await;
    // It counts from when it first saw them.
    let page =
        third.until("what was done since", |page| counted(page).values().all(|count| *count == 1.0)).await;
    assert_eq!(shown(&page), moved);
    for exporter in &mut shards {
        exporter.kill();
        exporter.start_again().await;
    }
    all(&mut shards, 3.0).await;
}
