//! Files and directories of a server, where its node has them.

use crate::lint::Fix;
use crate::model::Setup;

/// What lies in a directory: a single file may be mounted from elsewhere.
const A_FILE: &str = "/x";

/// A file of the server where its node has it, as a command needs it.
pub(crate) fn file_on_node(setup: &Setup, path: &str) -> String {
    setup.on_node(path).unwrap_or_else(|| path.to_owned())
}

/// A directory of the server where its node has it, as a command needs it. A Pod sees it elsewhere.
pub(crate) fn directory_on_node(setup: &Setup, directory: &str) -> Option<String> {
    let file = setup.on_node(&a_file_of(directory))?;
    file.strip_suffix(A_FILE).map(|directory| if directory.is_empty() { "/" } else { directory }.to_owned())
}

/// Whether the server has the directory from a Secret or another volume that is no part of its node.
pub(crate) fn is_in_volume(setup: &Setup, directory: &str) -> bool {
    directory_on_node(setup, directory).is_none() && setup.volume_of(&a_file_of(directory)).is_some()
}

/// Says how the server gets files that are in no directory of its node: without, it does not start with their flags.
pub(crate) fn in_its_container(setup: &Setup, directory: &str, fix: Fix) -> Fix {
    if directory_on_node(setup, directory).is_some() {
        return fix;
    }
    let name = setup.invocation.component.name();
    let how = match setup.volume_of(&a_file_of(directory)) {
        Some(volume) => {
            let objects: Vec<String> =
                volume.source.objects().iter().map(|(kind, object)| format!("the {kind} {object}")).collect();
            let from = if objects.is_empty() { format!("its volume {}", volume.name) } else { objects.join(" and ") };
            format!(
                "{name} has {directory} from {from}, which is no directory of its node: the files go there instead."
            )
        }
        None => {
            format!("Nothing is mounted at {directory} in the container of {name}: mount the directory there as well.")
        }
    };
    fix.saying(|this| format!("{this} {how}"))
}

fn a_file_of(directory: &str) -> String {
    format!("{}{A_FILE}", directory.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::file_on_node;
    use crate::lint::facts::init_command::{issue_client, rotate};
    use crate::lint::facts::wording::separate_ca;
    use crate::model::{Lookup, Setup};
    use crate::source::{Document, NoSurroundings, read};
    use crate::text::SourceFile;

    fn pod(mount_path: &str, volume: &str) -> Setup {
        let text = format!(
            "kind: Pod\nmetadata: {{name: a}}\nspec:\n  containers:\n  - image: x\n    command: [kube-apiserver, \
             --client-ca-file=/pki/ca.crt, --requestheader-client-ca-file=/pki/fp/front-proxy-ca.crt]\n    volumeMounts: \
             [{{name: v, mountPath: {mount_path}}}]\n  volumes: [{{name: v, {volume}}}]\n"
        );
        let found = read(&SourceFile::new("x.yaml", text), None, &NoSurroundings).unwrap();
        let [Document::Invocation(pod)] = &found[..] else { panic!("{found:?}") };
        Setup::load(pod.clone(), &Lookup::default())
    }

    #[test]
    fn a_command_has_the_directory_of_the_node_and_a_flag_that_of_the_pod() {
        let own = separate_ca(&pod("/pki", "hostPath: {path: /srv/k8s}"));
        assert_eq!(own.commands, ["aggcert init /srv/k8s"]);
        assert_eq!(own.flags[0], "--requestheader-client-ca-file=/pki/front-proxy-ca.crt");
        assert!(own.sentence.ends_with("check prints the command."), "{own}");
        let setup = pod("/pki", "hostPath: {path: /srv/k8s/}");
        assert_eq!(file_on_node(&setup, "/pki/a.key"), "/srv/k8s/a.key");
        let issued = issue_client(&setup);
        assert_eq!(issued.commands, ["aggcert init /srv/k8s/fp"]);
        assert_eq!(issued.flags[0], "--proxy-client-cert-file=/pki/fp/front-proxy-client.crt");
        assert_eq!(rotate(&setup, &[]).commands, ["aggcert rotate start /srv/k8s/fp"]);
        // Whoever fills the template in knows it.
        let of_template = separate_ca(&pod("/pki", "hostPath: {path: '{{ pki }}'}"));
        assert_eq!(of_template.commands, ["aggcert init '{{ pki }}'"]);
    }

    #[test]
    fn files_that_no_directory_of_the_node_shows_the_server_are_brought_there() {
        let of_secret = separate_ca(&pod("/pki", "secret: {secretName: certs}"));
        assert_eq!(of_secret.commands, ["aggcert init front-proxy"]);
        assert!(of_secret.sentence.contains("kube-apiserver has /pki from the Secret certs, "), "{of_secret}");
        let of_file = separate_ca(&pod("/pki/ca.crt", "hostPath: {path: /srv/k8s/ca.crt}"));
        assert_eq!(of_file.commands, ["aggcert init /pki"]);
        assert!(
            of_file.sentence.contains("Nothing is mounted at /pki in the container of kube-apiserver: "),
            "{of_file}"
        );
    }
}
