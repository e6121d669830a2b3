//! A table that a test prints and that a page of the docs keeps between two markers, with what was measured in some columns.

use std::path::Path;

/// Compares the columns `steady` of `table` with those that `page` keeps under `name`; with `UPDATE_GOLDEN` it writes the
/// table there instead. Columns are counted from 1; the first two lines are the head.
///
/// # Panics
/// If they differ, or if the page has no place for the table.
pub fn keep(page: &str, name: &str, table: &str, steady: &[usize]) {
    let (begin, end) = (format!("<!-- {name}: written by the test -->\n"), format!("<!-- end of {name} -->"));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
    let text = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(&begin).expect("the page has a beginning of the table");
    let (kept, after) = rest.split_once(&end).expect("the page has an end of the table");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, format!("{before}{begin}{table}{end}{after}")).unwrap();
    } else {
        let wanted = columns(table, steady);
        assert_eq!(columns(kept, steady), wanted, "{page}: run again with UPDATE_GOLDEN=1");
    }
}

fn columns<'a>(table: &'a str, steady: &[usize]) -> Vec<Vec<&'a str>> {
    let row = |line: &'a str| {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        steady.iter().map(|&index| cells[index]).collect()
    };
    table.lines().skip(2).map(row).collect()
}
