//! The pages of `check` and `graph --format html`, in a real Chromium where there is one.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test that panics has failed")]

use std::fs;
use std::path::Path;
use std::process::Command;

use regex::Regex;

/// A set-up with one CA for everything, whose names are `name`.
fn set_up(directory: &Path, number: usize, name: &str) {
    let manifest = format!(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {}\nspec:\n  containers:\n  - command:\n    - kube-apiserver\n    \
         - --client-ca-file=/ca.crt\n    - --requestheader-client-ca-file=/ca.crt\n    \
         - --requestheader-allowed-names={}\n",
        serde_json::to_string(name).unwrap(),
        if number.is_multiple_of(2) { "front-proxy-client" } else { "" },
    );
    fs::create_dir_all(directory.join(number.to_string())).unwrap();
    fs::write(directory.join(number.to_string()).join("pod.yaml"), manifest).unwrap();
}

fn page(directory: &Path) -> String {
    html(directory, &["check", "in"], 1)
}

fn html(directory: &Path, arguments: &[&str], exit: i32) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_aggcert"))
        .args(arguments)
        .args(["--at", "2027-01-01", "--format", "html"])
        .current_dir(directory)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(exit), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What the page has become when its scripts have run; nothing where there is no Chromium.
fn loaded(directory: &Path, page: &str) -> Option<String> {
    fs::write(directory.join("page.html"), page).unwrap();
    let output = Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=5000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", directory.join("profile").display()))
        .arg(format!("file://{}", directory.join("page.html").display()))
        .output();
    let Ok(output) = output else {
        eprintln!("skipped: no chromium");
        return None;
    };
    Some(String::from_utf8(output.stdout).unwrap())
}

/// The page with something that is done to it, and its result as the title. The policy would not let that run.
fn with_script(page: &str, script: &str) -> String {
    let policy = Regex::new("<meta http-equiv=\"Content-Security-Policy\"[^>]*>").unwrap();
    let page = policy.replace(page, "");
    page.replace("</body>", &format!("<script>{script}</script></body>"))
}

fn title(page: &str) -> String {
    Regex::new("(?s)<title>(.*?)</title>").unwrap().captures(page).unwrap()[1].to_owned()
}

const HOSTILE: [&str; 4] = [
    "<script>document.title='owned'</script>",
    "\"><img src=x onerror=\"document.title='owned'\">",
    "</details></main><svg onload=document.title='owned'>",
    "javascript:document.title='owned'",
];

/// A set-up for each of these names.
fn hostile() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (number, name) in HOSTILE.into_iter().enumerate() {
        set_up(&directory.path().join("in"), number, name);
    }
    directory
}

#[test]
fn hostile_names_run_nothing_and_the_own_script_runs() {
    let directory = hostile();
    let page = page(directory.path());
    let Some(loaded) = loaded(directory.path(), &page) else { return };
    assert_eq!(title(&loaded), "Certificates of the aggregation layer");
    assert!(Regex::new("<form class=\"filter\">").unwrap().is_match(&loaded), "the script has not run: {loaded}");
    assert_eq!(loaded.matches("<details class=\"setup\"").count(), HOSTILE.len());
    // Would a script run that the page did not bring?
    let injected = page.replace("</body>", "<script>document.title='owned'</script></body>");
    assert_eq!(title(&self::loaded(directory.path(), &injected).unwrap()), "Certificates of the aggregation layer");
}

#[test]
fn it_filters_sorts_and_offers_to_copy() {
    let directory = tempfile::tempdir().unwrap();
    for number in 0..40 {
        set_up(&directory.path().join("in"), number, &format!("cluster-{number:02}"));
    }
    let page = page(directory.path());
    let tried = with_script(
        &page,
        "const input = (name, value) => { const control = form.elements[name]; control.value = value;
           control.dispatchEvent(new Event('input', {bubbles: true})); };
         const visible = () => setups.filter(setup => !setup.hidden).length;
         const told = [visible()];
         input('search', 'CLUSTER-07'); told.push(visible(), shown.textContent);
         input('search', 'ca-reused'); told.push(visible());
         input('search', '');
         input('order', 'name'); told.push(list.firstElementChild.querySelector('.name').textContent);
         setups[3].open = true; addButtons(setups[3]); told.push(setups[3].querySelectorAll('button').length > 0);
         form.querySelector('[value=error]').click(); told.push(visible());
         document.title = told.join(' | ');",
    );
    let Some(loaded) = loaded(directory.path(), &tried) else { return };
    assert_eq!(title(&loaded), "40 | 1 | 1 of 40 shown | 20 | kube-apiserver Pod cluster-00 | true | 0");
}

#[test]
fn the_page_of_a_map_runs_nothing_at_all() {
    let directory = hostile();
    let page = html(directory.path(), &["graph", "in"], 0);
    assert!(!page.contains("<script"), "{page}");
    assert!(page.contains("script-src 'none'"), "{page}");
    let Some(loaded) = loaded(directory.path(), &page) else { return };
    assert_eq!(title(&loaded), "Trust map of the aggregation layer");
    assert_eq!(loaded.matches("<svg class=\"drawing\"").count(), HOSTILE.len());
    let injected = page.replace("</body>", "<script>document.title='owned'</script></body>");
    assert_eq!(title(&self::loaded(directory.path(), &injected).unwrap()), "Trust map of the aggregation layer");
}

/// The lines of a box light up where it has the focus, as they do below the pointer. A page that was just opened may not
/// have the focus itself yet.
#[test]
fn a_box_of_a_map_shows_its_lines() {
    let directory = tempfile::tempdir().unwrap();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/examples/shared-ca");
    std::os::unix::fs::symlink(fixtures, directory.path().join("node")).unwrap();
    let page = html(directory.path(), &["graph", "node/."], 0);
    let tried = with_script(
        &page,
        "const nodes = [...document.querySelectorAll('.drawing .node')];
           const shown = node => [...node.querySelectorAll('.lit')].filter(line => getComputedStyle(line).display !== 'none').length;
           const faint = () => [...document.querySelectorAll('.drawing .line')].every(line => getComputedStyle(line).opacity < 1);
           const told = [nodes.length, nodes.map(shown).reduce((a, b) => a + b), faint()];
           const focused = () => {
             nodes[0].focus(); told.push(shown(nodes[0]), nodes.slice(1).map(shown).reduce((a, b) => a + b), faint());
             told.push(document.querySelectorAll('.map .both').length > 0);
             document.title = told.join(' | ');
           };
           const wait = () => document.hasFocus() ? focused() : setTimeout(wait, 10);
           wait();",
    );
    let Some(loaded) = loaded(directory.path(), &tried) else { return };
    assert_eq!(title(&loaded), "5 | 0 | false | 1 | 0 | true | true");
}
