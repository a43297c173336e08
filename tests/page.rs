//! The page of `--format html`, in a real Chromium where there is one.

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
    let output = Command::new(env!("CARGO_BIN_EXE_aggcert"))
        .args(["check", "in", "--at", "2027-01-01", "--format", "html"])
        .current_dir(directory)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
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

#[test]
fn hostile_names_run_nothing_and_the_own_script_runs() {
    let directory = tempfile::tempdir().unwrap();
    let hostile = [
        "<script>document.title='owned'</script>",
        "\"><img src=x onerror=\"document.title='owned'\">",
        "</details></main><svg onload=document.title='owned'>",
        "javascript:document.title='owned'",
    ];
    for (number, name) in hostile.into_iter().enumerate() {
        set_up(&directory.path().join("in"), number, name);
    }
    let page = page(directory.path());
    let Some(loaded) = loaded(directory.path(), &page) else { return };
    assert_eq!(title(&loaded), "Certificates of the aggregation layer");
    assert!(Regex::new("<form class=\"filter\">").unwrap().is_match(&loaded), "the script has not run: {loaded}");
    assert_eq!(loaded.matches("<details class=\"setup\"").count(), hostile.len());
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
