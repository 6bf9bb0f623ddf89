package main

import (
	"net/http"

	"github.com/spf13/cobra"
	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	genericapiserver "k8s.io/apiserver/pkg/server"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	"k8s.io/kubernetes/cmd/kube-apiserver/app/options"
)

// A stand-in for a server of K3s: the API server itself, and before it, on the same port, what anybody may ask the
// supervisor of K3s. It takes the arguments of kube-apiserver.
func newK3sServerCommand() *cobra.Command {
	server := options.NewServerRunOptions()
	ctx := genericapiserver.SetupSignalContext()
	command := &cobra.Command{
		Use:          "k3s-server",
		SilenceUsage: true,
		PersistentPreRunE: func(*cobra.Command, []string) error {
			return server.GenericServerRunOptions.ComponentGlobalsRegistry.Set()
		},
		RunE: func(*cobra.Command, []string) error {
			given, err := server.Complete(ctx)
			if err != nil {
				return err
			}
			if errs := given.Validate(); len(errs) > 0 {
				return utilerrors.NewAggregate(errs)
			}
			config, err := apiserver.NewConfig(given)
			if err != nil {
				return err
			}
			completed, err := config.Complete()
			if err != nil {
				return err
			}
			chain, err := apiserver.CreateServerChain(completed)
			if err != nil {
				return err
			}
			handler := chain.GenericAPIServer.Handler
			handler.FullHandlerChain = supervisor(handler.FullHandlerChain)
			prepared, err := chain.PrepareRun()
			if err != nil {
				return err
			}
			return prepared.Run(ctx)
		},
	}
	for _, flags := range server.Flags().FlagSets {
		command.Flags().AddFlagSet(flags)
	}
	return command
}

// K3s lets everybody ask whether it is there; all else of its supervisor wants a token.
func supervisor(api http.Handler) http.Handler {
	return http.HandlerFunc(func(answer http.ResponseWriter, request *http.Request) {
		if request.URL.Path != "/ping" {
			api.ServeHTTP(answer, request)
			return
		}
		answer.Header().Set("Content-Type", "text/plain")
		_, _ = answer.Write([]byte("pong"))
	})
}
