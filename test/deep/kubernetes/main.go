// The programs of a Kubernetes control plane as one: they share nearly all that takes long to compile.
package main

import (
	"fmt"
	"os"
	_ "time/tzdata"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/etcdutl/v3/etcdutl"
	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllers "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	kubeadm "k8s.io/kubernetes/cmd/kubeadm/app"
)

// Each as the `main` of the program itself begins it.
var programs = map[string]func() int{
	"kube-apiserver":          component(apiserver.NewAPIServerCommand),
	"kube-controller-manager": component(controllers.NewControllerManagerCommand),
	"kube-scheduler":          component(func() *cobra.Command { return scheduler.NewSchedulerCommand() }),
	"etcd":                    func() int { etcdmain.Main(os.Args); return 0 },
	"etcdutl":                 func() int { return said(newEtcdutlCommand().Execute()) },
	"k3s-server":              component(newK3sServerCommand),
	"kubeadm":                 func() int { return said(kubeadm.Run()) },
	"kwok":                    func() int { return said(runKwok()) },
}

func main() {
	if len(os.Args) < 2 || programs[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: kubernetes PROGRAM [ARGUMENT...]")
		os.Exit(2)
	}
	os.Args = os.Args[1:]
	os.Exit(programs[os.Args[0]]())
}

func newEtcdutlCommand() *cobra.Command {
	command := &cobra.Command{Use: "etcdutl"}
	command.AddCommand(etcdutl.NewSnapshotCommand())
	return command
}

func component(command func() *cobra.Command) func() int {
	return func() int { return cli.Run(command()) }
}

func said(err error) int {
	if err == nil {
		return 0
	}
	fmt.Fprintln(os.Stderr, err)
	return 1
}
