// Says what Talos itself thinks of machine configurations: a JSON list of texts comes in, a JSON list of objections
// goes out, an empty one for what is taken.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/siderolabs/talos/pkg/machinery/config/configloader"
	"github.com/siderolabs/talos/pkg/machinery/config/validation"
)

// A machine whose disk Talos is installed to.
type metal struct{}

func (metal) String() string        { return "metal" }
func (metal) RequiresInstall() bool { return true }
func (metal) InContainer() bool     { return false }

func main() {
	var texts []string
	if err := json.NewDecoder(os.Stdin).Decode(&texts); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	objections := make([]string, len(texts))
	for i, text := range texts {
		if err := check(text); err != nil {
			objections[i] = err.Error()
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(objections); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

// Fields that Talos does not know are refused when the text is read.
func check(text string) error {
	config, err := configloader.NewFromBytes([]byte(text))
	if err != nil {
		return err
	}
	_, err = config.Validate(metal{}, validation.WithLocal(), validation.WithStrict())
	return err
}
