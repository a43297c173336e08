//! What scripts change in the files of servers that lie elsewhere among the inputs.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::batches;
use super::inventory::Inventory;
use super::reading::host_of;
use crate::kubernetes::Component;
use crate::source::input::{self, Found, MAXIMUM_SIZE, Unit};
use crate::source::{self, Edit};

/// More are not compared with each server.
const MOST_EDITS: usize = 2000;

/// As many bytes of a text are looked at for commands; what has none in them was not written by people.
const LONGEST_SCRIPT: u64 = 256 << 10;

/// The edits of all scripts that were named or found.
#[derive(Debug, Default)]
pub(super) struct Scripts {
    /// With the copied node in which the script lies: it changes nothing on another.
    edits: Vec<(Option<PathBuf>, Edit)>,
    /// The files that are called after a component.
    files: Vec<(Component, PathBuf)>,
    /// How many directories each edit shares with the nearest of them that it may mean.
    nearest: OnceLock<Vec<usize>>,
}

impl Scripts {
    pub(super) fn add(&mut self, edits: impl IntoIterator<Item = Edit>) {
        for edit in edits {
            let (host, is_last) = (host_of(Path::new(edit.script())), self.edits.len() == MOST_EDITS);
            match self.edits.len() > MOST_EDITS {
                true => return,
                false if is_last => self.edits.push((None, edit.and_more())),
                false => self.edits.push((host, edit)),
            }
        }
    }

    /// Keeps in mind where a server may have its file.
    pub(super) fn note(&mut self, file: &Path) {
        let component = file.file_name().and_then(|name| source::component_of_file(&name.to_string_lossy()));
        self.files.extend(component.map(|component| (component, file.to_owned())));
    }

    /// Adds those of the scripts below a directory. What cannot be read is told when it is judged.
    pub(super) fn search(&mut self, directory: &Path) {
        let units = input::units(directory).filter_map(|found| match found {
            Ok(Found::Unit(unit)) => Some(unit),
            _ => None,
        });
        let read = |unit: Unit| (edits_of_unit(&unit), unit.files);
        let taken: Result<bool, std::convert::Infallible> = batches::each(units, &read, &mut |(edits, files)| {
            files.iter().for_each(|path| self.note(path));
            self.add(edits);
            Ok(true)
        });
        let Ok(_) = taken;
    }

    /// Leaves the servers open whose files are changed.
    pub(super) fn leave_open(&self, inventory: &mut Inventory) {
        if self.edits.is_empty() {
            return;
        }
        for setup in &mut inventory.setups {
            let file = PathBuf::from(setup.invocation.origin.file().name());
            let own = host_of(&file);
            for ((host, edit), nearest) in self.edits.iter().zip(self.nearest()) {
                let is_elsewhere = host.is_some() && own.is_some() && *host != own;
                if is_elsewhere || shared(Path::new(edit.script()), &file) < *nearest {
                    continue;
                }
                edit.leave_open_elsewhere(&mut setup.invocation);
                if !self.has_file_of(edit) {
                    edit.leave_open_by_component(&mut setup.invocation);
                }
            }
        }
        inventory.apart.iter_mut().for_each(|apart| self.leave_open(apart));
    }

    /// A script of one cluster means the files of that one, where there are such.
    fn nearest(&self) -> &[usize] {
        self.nearest.get_or_init(|| {
            let of_edit = |(_, edit): &(Option<PathBuf>, Edit)| {
                let meant = edit.component();
                let files = self.files.iter().filter(|(component, _)| meant.is_none_or(|meant| meant == *component));
                files.map(|(_, file)| shared(Path::new(edit.script()), file)).max().unwrap_or_default()
            };
            self.edits.iter().map(of_edit).collect()
        })
    }

    fn has_file_of(&self, edit: &Edit) -> bool {
        self.files.iter().any(|(component, _)| Some(*component) == edit.component())
    }
}

fn edits_of_unit(unit: &Unit) -> Vec<Edit> {
    let scripts = unit.files.iter().filter_map(|path| {
        let is_script = source::test_of_script(path)?;
        input::read_wanted(path, MAXIMUM_SIZE, LONGEST_SCRIPT, is_script)
    });
    scripts.flat_map(|read| source::edits_of_script(&read.file)).collect()
}

/// How many directories two paths have in common.
fn shared(one: &Path, other: &Path) -> usize {
    one.components().zip(other.components()).take_while(|(one, other)| one == other).count()
}

#[cfg(test)]
mod tests {
    use super::super::Inputs;
    use super::*;

    const POD: &str = "kind: Pod\nspec:\n  containers:\n  - command:\n    - kube-apiserver\n    - --client-ca-file=/p/a/ca.crt\n    \
                       - --requestheader-client-ca-file=/p/a/front-proxy-ca.crt\n";

    fn write(at: &Path, text: &str) {
        std::fs::create_dir_all(at.parent().unwrap()).unwrap();
        std::fs::write(at, text).unwrap();
    }

    /// The place of the script's line, of each server that it leaves open.
    fn open(files: &[(&str, &str)], named: &[&str]) -> Vec<Option<String>> {
        let directory = tempfile::tempdir().unwrap();
        files.iter().for_each(|(name, text)| write(&directory.path().join(name), text));
        let paths = named.iter().map(|name| directory.path().join(name)).collect();
        let inventory = Inputs { paths, ..Inputs::default() }.inventory();
        let root = format!("{}/", directory.path().display());
        let open = inventory.setups.iter().map(|setup| setup.invocation.open.as_ref());
        open.map(|open| open.map(|why| why.origin.to_string().replace(&root, ""))).collect()
    }

    #[test]
    fn a_script_anywhere_leaves_open_what_it_changes_by_its_path() {
        let is_open = |line: &str| {
            let script = format!("#!/bin/sh\n{line}\n");
            let files = [("manifests/kube-apiserver.yaml", POD), ("scripts/x", script.as_str())];
            let whole = open(&files, &[""]);
            assert_eq!(open(&files, &["scripts", "manifests"]), whole, "{line}");
            assert_eq!(open(&files, &["scripts/x", "manifests"]), whole, "{line}");
            assert_eq!(open(&files, &["manifests/kube-apiserver.yaml", "scripts"]), whole, "{line}");
            match whole.as_slice() {
                [Some(place)] => place.starts_with("scripts/x:"),
                _ => false,
            }
        };
        for line in [
            "sed -i s/x/y/ /etc/kubernetes/manifests/kube-apiserver.yaml",
            "sed -i s/x/y/ \"$(dirname \"$0\")/../manifests/kube-apiserver.yaml\"",
            "yq -i .x ./manifests/kube-apiserver.yaml",
            "echo x >> kube-apiserver.yaml",
            "sed -i s#--client-ca-file=.*## manifests/*.yaml",
            "for f in $X; do sed -i s#--client-ca-file=.*## $D/manifests/$f; done",
            "cp /tmp/x.yaml /etc/kubernetes/manifests/kube-apiserver.yaml",
            "sudo install -m 0600 \"$TMP\" manifests/kube-apiserver.yaml",
            "scp -i k x.yaml root@n:/etc/kubernetes/manifests/kube-apiserver.yaml",
            "ln -sf other.yaml kube-apiserver.yaml",
            "cp /p/a/ca.crt /p/a/front-proxy-ca.crt",
            "cd /p/a && ln -s ca.crt front-proxy-ca.crt",
            "mv \"$D/root.pem\" \"$D/a/ca.crt\"",
            "cat ca.crt >> front-proxy-ca.crt",
            "cat /p/a/ca.crt | sudo tee /p/a/front-proxy-ca.crt",
            "curl x > /p/a/ca.crt",
            "dd if=/p/a/ca.crt of=/p/a/front-proxy-ca.crt",
            "curl -o /p/a/ca.crt https://x",
            "openssl x509 -in /root/x.pem -out /p/a/ca.crt",
            "cat > /p/a/front-proxy-ca.crt <<EOF\nx\nEOF",
            "cat > /etc/kubernetes/manifests/kube-apiserver.yaml <<EOF\n$X\nEOF",
            "vim -es /etc/kubernetes/manifests/kube-apiserver.yaml",
            "sudo -u root cp /p/a/ca.crt /p/a/front-proxy-ca.crt",
            "timeout 5 cp /p/a/ca.crt /p/a/front-proxy-ca.crt",
            "for n in a b; do ssh $n cp /p/a/ca.crt /p/a/front-proxy-ca.crt; done",
            "docker exec n cp x.yaml /etc/kubernetes/manifests/kube-apiserver.yaml",
            "ls /p/a/*.pem | xargs -I% cp % /p/a/front-proxy-ca.crt",
            "cp other/kube-apiserver.yaml /etc/kubernetes/manifests/",
            "cp -t /etc/kubernetes/manifests x.yaml other/kube-apiserver.yaml",
            "sed -i 's#front-proxy-ca\\.#ca.#' /etc/kubernetes/manifests/*.yaml",
            "cat > /tmp/ca.crt <<EOF\nx\nEOF\ncp /p/a/ca.crt /p/a/front-proxy-ca.crt",
            "ssh n 'sed -i s/x/y/ /etc/kubernetes/manifests/kube-apiserver.yaml'",
            "echo 'sed -i s/x/y/ /etc/kubernetes/manifests/kube-apiserver.yaml' | bash",
            "log \"$(sed -i s/x/y/ /etc/kubernetes/manifests/kube-apiserver.yaml)\"",
            "cat ca.crt front-proxy-ca.crt > front-proxy-ca.crt.new; cat ca.crt x > /p/a/front-proxy-ca.crt",
        ] {
            assert!(is_open(line), "{line}");
        }
        for line in [
            "cp manifests/kube-apiserver.yaml /root/backup/",
            "cp manifests/kube-apiserver.yaml /root/backup/kube-apiserver.yaml",
            "cp kube-apiserver.yaml kube-apiserver.yaml.bak",
            "cp kube-apiserver.yaml{,.bak}",
            "cp -t /etc/kubernetes/manifests x.yaml kube-apiserver.yaml",
            "mv /etc/kubernetes/manifests/kube-apiserver.yaml /tmp/; mv /tmp/kube-apiserver.yaml /etc/kubernetes/manifests/",
            "mv /etc/kubernetes/manifests/kube-apiserver.yaml /tmp/x; mv x.yaml /root/kube-apiserver.yaml",
            "sed -i s/x/y/ /root/kube-apiserver.yaml",
            "sed -i s/x/y/ other/*.yaml manifests/other.yaml",
            "sed -i s/x/y/ manifests/*.yaml",
            "sed -i s/x/y/ \"$1\"",
            "cp ca.pem ca.crt",
            "cp /p/a/ca.crt /root/ca.crt",
            "cp /p/a/ca.crt /root/a/ca.crt",
            "cp /p/a/ca.crt \"$BACKUP\"",
            "mkdir -p d; install -d /p/a/x /p/a/ca.crt; cat ca.crt > /dev/null",
            "echo 'run sed -i s/x/y/ /etc/kubernetes/manifests/kube-apiserver.yaml yourself'",
            "log \"then cp x.yaml /etc/kubernetes/manifests/kube-apiserver.yaml\"",
            "echo sed -i s/x/y/ /etc/kubernetes/manifests/kube-apiserver.yaml",
            "cat <<EOF\nsed -i s/x/y/ /etc/kubernetes/manifests/kube-apiserver.yaml\nEOF",
            "grep x /etc/kubernetes/manifests/kube-apiserver.yaml; test -f /p/a/ca.crt; curl --cacert /p/a/ca.crt x",
            "sudo chmod 600 /p/a/ca.crt; tar czf x.tgz /p/a/ca.crt; check_end /p/a/ca.crt",
            "openssl req -x509 -out /p/a/ca.crt; openssl x509 -req -CA /p/a/ca.crt -in x > /p/a/front-proxy-ca.crt",
            "cp /p/a/ca.crt /root/x.bak; cp /root/x.bak /p/a/ca.crt",
            "cp out/root.pem /srv/p/a/ca.crt",
            "sed -i s/x/y/ charts/foo/manifests/kube-apiserver.yaml",
            "for i in 1; do echo x >> confdefs.h; done",
        ] {
            assert!(!is_open(line), "{line}");
        }
    }

    #[test]
    fn in_a_directory_a_script_is_what_it_is_by_itself() {
        let script = "#!/bin/sh\nserve() { exec kube-apiserver --client-ca-file=\"$1\"; }\nserve /p/ca.crt\n";
        let files = [("d/serve.sh", script)];
        assert_eq!(open(&files, &["d"]), [None]);
        assert_eq!(open(&files, &["d/serve.sh"]), [None]);
    }

    #[test]
    fn a_unit_has_drop_ins_and_files_of_variables() {
        let unit = "[Service]\nEnvironmentFile=/etc/default/kube-apiserver\nExecStart=/usr/bin/kube-apiserver $ARGS\n";
        let is_open = |line: &str| {
            let script = format!("#!/bin/sh\n{line}\n");
            let files = [
                ("n/etc/systemd/system/kube-apiserver.service", unit),
                ("n/etc/default/kube-apiserver", "ARGS=\"--client-ca-file=/p/ca.crt --v=2\"\n"),
                ("x.sh", script.as_str()),
            ];
            open(&files, &[""]).iter().any(Option::is_some)
        };
        for line in [
            "echo ARGS= > /etc/default/kube-apiserver",
            "cp x.env /etc/default/kube-apiserver",
            "sed -i s/x/y/ /etc/default/kube-apiserver",
            "cp x.service /etc/systemd/system/kube-apiserver.service",
            "printf x > /etc/systemd/system/kube-apiserver.service.d/x.conf",
            "cp x.conf /etc/systemd/system/kube-apiserver.service.d/x.conf",
            "cp x.conf /etc/systemd/system/kube-apiserver.service.d/",
            "cp new/kube-apiserver /etc/default/kube-apiserver",
        ] {
            assert!(is_open(line), "{line}");
        }
        for line in [
            "cp /etc/default/kube-apiserver /root/",
            "cp kube-apiserver /etc/default/kube-apiserver",
            "echo > /etc/default/kubelet; echo x > /etc/hosts",
            "cp x.conf /etc/systemd/system/kubelet.service.d/x.conf",
        ] {
            assert!(!is_open(line), "{line}");
        }
    }

    #[test]
    fn commands_in_other_texts_leave_open_what_they_name() {
        let at = "/etc/kubernetes/manifests/kube-apiserver.yaml";
        let is_open = |name: &str, text: &str| {
            open(&[("manifests/kube-apiserver.yaml", POD), (name, text)], &[""]).iter().any(Option::is_some)
        };
        for (name, text) in [
            ("cloud.yaml", format!("#cloud-config\nruncmd:\n- sed -i s/x/y/ {at}\n")),
            ("cloud.yml", "#cloud-config\nruncmd:\n- [cp, /p/a/ca.crt, /x/pki/../p/a/front-proxy-ca.crt]\n".to_owned()),
            (".github/x.yaml", format!("jobs:\n- run: cp x.yaml {at}\n")),
            ("Dockerfile", format!("FROM x\nRUN sed -i s/x/y/ {at}\n")),
            ("x.tf", format!("inline = [\"sed -i s/x/y/ {at}\"]\n")),
            ("job.yaml", format!("kind: Job\nargs: [sh, -c, \"sed -i s/x/y/ /host{at}\"]\n")),
        ] {
            assert!(is_open(name, &text), "{name}");
        }
        for (name, text) in [
            ("README.md", format!("```\nsed -i s/x/y/ {at}\n```\n")),
            ("x.yaml", format!("a: {at}\nb: sed -i s/x/y/ other\n")),
            ("y.yaml", format!("# sed -i s/x/y/ {at}\na: cp {at} /root/pki/\n")),
            ("x.go", format!("package x\n\nvar x = \"sed -i s/x/y/ {at}\"\n")),
        ] {
            assert!(!is_open(name, &text), "{name}");
        }
    }

    #[test]
    fn a_script_of_one_node_changes_nothing_on_another() {
        let script = "#!/bin/sh\nsed -i s/x/y/ /etc/kubernetes/manifests/kube-apiserver.yaml\n";
        let at = |node: &str| format!("{node}/etc/kubernetes/manifests/kube-apiserver.yaml");
        let (a, b) = (at("a"), at("b"));
        let found = |script_at: &str| open(&[(&a, POD), (&b, POD), (script_at, script)], &[""]);
        let place = |script_at: &str| Some(format!("{script_at}:2:1"));
        assert_eq!(found("b/opt/x.sh"), [None, place("b/opt/x.sh")]);
        assert_eq!(found("x.sh"), [place("x.sh"), place("x.sh")]);
    }

    #[test]
    fn a_script_means_the_servers_that_are_nearest_to_it() {
        let script = "#!/bin/sh\nsed -i s/x/y/ /etc/kubernetes/manifests/kube-apiserver.yaml\n";
        let found = |servers: [&str; 2], at: &str| {
            let files = [(servers[0], POD), (servers[1], POD), (at, script)];
            open(&files, &[""]).iter().map(Option::is_some).collect::<Vec<_>>()
        };
        let clusters = ["a/manifests/kube-apiserver.yaml", "b/manifests/kube-apiserver.yaml"];
        assert_eq!(found(clusters, "a/fix.sh"), [true, false]);
        assert_eq!(found(clusters, "fix.sh"), [true, true]);
        assert_eq!(found(clusters, "c/fix.sh"), [true, true]);
        assert_eq!(found(["a/manifests/api.yaml", "b/x/api.yaml"], "fix.sh"), [true, false]);
        let hooks = ["manifests/kube-apiserver.yaml", "x/y.yaml"];
        assert_eq!(found(hooks, "d/etc/kubernetes/hooks/fix.sh"), [true, false]);
    }

    #[test]
    fn of_too_many_edits_each_server_is_open() {
        let edits = |count: usize| {
            let line = "sed -i s/x/y/ /m/x.yaml\n".repeat(count);
            let file = crate::text::SourceFile::new("x.sh", format!("#!/bin/sh\n{line}"));
            source::edits_of_script(&file)
        };
        let is_open = |count: usize| {
            let mut scripts = Scripts::default();
            (0..count).for_each(|_| scripts.add(edits(100)));
            let mut inventory = Inventory::default();
            inventory.add_text(&crate::text::SourceFile::new("api.yaml", POD), &super::super::Reading::default());
            scripts.leave_open(&mut inventory);
            (scripts.edits.len(), inventory.setups[0].invocation.open.is_some())
        };
        assert_eq!(is_open(MOST_EDITS / 100), (MOST_EDITS, false));
        assert_eq!(is_open(MOST_EDITS / 100 + 2), (MOST_EDITS + 1, true));
    }
}
