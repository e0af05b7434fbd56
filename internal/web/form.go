package web

import (
	"errors"
	"fmt"
	"net/url"
	"slices"

	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/internal/locale"
)

// Form is embedded by the data of a page that has a form:
//
//	type suggestPage struct {
//		web.Form
//		Stages []web.Option
//	}
//
//	return x.Page("tools/suggest", &suggestPage{Form: web.Form{Values: url.Values{"name": {"Mekong"}}}})
//
// In the template each field is one line, and carries its label, hint, value and
// fault:
//
//	{{template "input" (.Field "name" "label" "tools.suggest.name" "required" true)}}
//	{{template "area" (.Field "message" "label" "tools.suggest.message" "hint" "tools.suggest.message.hint" "rows" 6)}}
//	{{template "select" (.Field "stage" "label" "tools.stage" "options" .Stages)}}
//
// The pieces are input (type text, email, url, password, search, number, date,
// file, ...), area, select, radios, checks (several of many) and check (one, with
// the value "yes").
type Form struct {
	Values url.Values // what the fields hold
	Faults []Fault    // filled by [Exchange.Invalid]
}

// Fault is what is wrong with a field, in the language of the page.
type Fault struct {
	Field string // "" if it is about the whole form
	Text  string
}

// Option is one choice of a field.
type Option struct {
	Value string
	Text  string // as it is shown, not a key
	Hint  string // as it is shown, below the text of radios and checks; "" for none
}

// Field is one field of a form, as its piece of template draws it.
type Field struct {
	Name, ID     string
	Label        string // key of its label
	Words        string // its label as it is shown, in place of a key
	Hint         string // key of a hint; "" for none
	Type         string // of an input; "" means text
	Autocomplete string // "" means off
	Inputmode    string
	Pattern      string
	Accept       string // media types or endings of a file
	List         string // id of a datalist
	Live         string // path that is asked for hints while the person types
	Required     bool
	Max          int // most characters; 0 for no limit
	Rows         int // of an area; 0 means 4
	Options      []Option
	Values       []string
	Fault        string // what is wrong, "" for nothing
}

// formHolder is the data of a page that embeds Form.
type formHolder interface{ form() *Form }

func (f *Form) form() *Form { return f }

// Field describes a field. The options are names and values in turn: label, words,
// hint, type, autocomplete, inputmode, pattern, accept, list, live (strings),
// required (bool), max, rows (int), options ([]Option), and value (string), which
// is taken while the form holds nothing of that name. An option that is not known
// is an error, which fails the page.
func (f *Form) Field(name string, options ...any) (Field, error) {
	field := Field{Name: name, ID: "f-" + name, Type: "text", Autocomplete: "off", Rows: 4, Values: f.Values[name]}
	for i := 0; i+1 < len(options); i += 2 {
		option, _ := options[i].(string)
		if !field.set(option, options[i+1]) {
			return field, fmt.Errorf("field %s: option %v is not known or has a value of another kind", name, options[i])
		}
	}
	if len(options)%2 != 0 || (field.Label == "" && field.Words == "") {
		return field, fmt.Errorf("field %s: has no label, or an option without value", name)
	}
	if field.Type == "password" || field.Type == "file" {
		field.Values = nil // is never sent back
	}
	for _, fault := range f.Faults {
		if fault.Field == name {
			field.Fault = fault.Text
		}
	}
	return field, nil
}

// set applies one option and tells whether it is known.
func (f *Field) set(option string, value any) bool {
	strings := map[string]*string{
		"label": &f.Label, "words": &f.Words, "hint": &f.Hint, "type": &f.Type, "autocomplete": &f.Autocomplete,
		"inputmode": &f.Inputmode, "pattern": &f.Pattern, "accept": &f.Accept, "list": &f.List, "live": &f.Live,
	}
	switch v := value.(type) {
	case string:
		if option == "value" {
			if f.Values == nil {
				f.Values = []string{v}
			}
			return true
		}
		if place := strings[option]; place != nil {
			*place = v
			return true
		}
	case bool:
		f.Required = v
		return option == "required"
	case int:
		switch option {
		case "max":
			f.Max = v
			return true
		case "rows":
			f.Rows = v
			return true
		}
	case []Option:
		f.Options = v
		return option == "options"
	}
	return false
}

// Value returns what the field holds, or the first of several.
func (f Field) Value() string {
	if len(f.Values) == 0 {
		return ""
	}
	return f.Values[0]
}

// Holds tells whether a value is chosen.
func (f Field) Holds(value string) bool { return slices.Contains(f.Values, value) }

// Described returns the ids of the elements that describe the field.
func (f Field) Described() string {
	switch {
	case f.Fault != "" && f.Hint != "":
		return f.ID + "-fault " + f.ID + "-hint"
	case f.Fault != "":
		return f.ID + "-fault"
	case f.Hint != "":
		return f.ID + "-hint"
	}
	return ""
}

// ChoiceID returns the id of one of several choices: the first has that of the
// field, to which the list of faults leads.
func (f Field) ChoiceID(i int) string {
	if i == 0 {
		return f.ID
	}
	return fmt.Sprintf("%s-%d", f.ID, i+1)
}

// faultsOf returns all faults of an error, also of joined ones.
func faultsOf(err error) []*fault.Error {
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		var all []*fault.Error
		for _, e := range several.Unwrap() {
			all = append(all, faultsOf(e)...)
		}
		return all
	}
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return []*fault.Error{f}
	}
	return nil
}

// explain gives the text of an error that a person may read.
func explain(p *locale.Printer, err error) string {
	faults := faultsOf(err)
	if len(faults) == 0 {
		return p.Text("fault.internal")
	}
	f := faults[0]
	var args []any
	for name, value := range f.Args {
		args = append(args, name, value)
	}
	return p.Text(f.Key, args...)
}
