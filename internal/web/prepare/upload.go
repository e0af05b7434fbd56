package prepare

import (
	"errors"
	"io"
	"mime/multipart"
	"strconv"
	"strings"
	"time"

	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/internal/publication"
	"github.com/opencovey/covey/internal/web"
)

func (r *room) upload(x *web.Exchange) error { return r.receive(x, false) }

func (r *room) bundle(x *web.Exchange) error { return r.receive(x, true) }

// receive keeps a file as it arrives. What comes after a file that is not taken is read and forgotten, since browsers tell nobody
// what was answered to a request that they have not finished.
func (r *room) receive(x *web.Exchange, bundle bool) error {
	dataset := x.Path("dataset")
	if _, err := r.mine(x); err != nil {
		return err
	}
	u, err := r.takeParts(x, dataset, bundle)
	if err != nil {
		if fault.Of(err) != fault.TooLarge {
			_, _ = io.Copy(io.Discard, x.R.Body)
		}
		page, e := r.setPage(x)
		if e != nil {
			return e
		}
		return x.Invalid("prepare/dataset", page, err)
	}
	if !bundle {
		return x.Redirect("/prepare/"+dataset, "prepare.upload.taken")
	}
	run, err := r.service.StartCheck(x.Context(), x.By, u.ID, x.Text("prepare.bundle.label"))
	if err != nil {
		return err
	}
	return x.Redirect("/prepare/runs/"+run.ID, "prepare.upload.taken")
}

// takeParts reads the fields of the form, which stand before the file, and then the file.
func (r *room) takeParts(x *web.Exchange, dataset string, bundle bool) (publication.Upload, error) {
	o := publication.UploadOptions{Bundle: bundle}
	parts, err := x.Parts()
	if err != nil {
		return publication.Upload{}, err
	}
	for {
		part, err := parts.NextPart()
		switch {
		case errors.Is(err, io.EOF):
			return publication.Upload{}, fault.New(fault.Invalid, "fault.upload.none").At("file")
		case err != nil:
			return publication.Upload{}, fault.New(fault.Invalid, "fault.body").Because(err).At("file")
		}
		switch part.FormName() {
		case "token":
			o.Token = field(part)
		case "days":
			if days, err := strconv.Atoi(field(part)); err == nil {
				o.Keep = time.Duration(days) * 24 * time.Hour
			}
		case "file":
			if part.FileName() == "" {
				return publication.Upload{}, fault.New(fault.Invalid, "fault.upload.none").At("file")
			}
			o.Name = part.FileName()
			u, err := r.service.Upload(x.Context(), x.By, dataset, o, part)
			if f, ok := errors.AsType[*fault.Error](err); ok && f.Field == "" {
				err = f.At("file")
			}
			return u, err
		}
	}
}

// field reads a short field of a form.
func field(part *multipart.Part) string {
	text, _ := io.ReadAll(io.LimitReader(part, 200)) // what was cut off is noticed at the next part
	return strings.TrimSpace(string(text))
}

func (r *room) erase(x *web.Exchange) error {
	if _, err := r.mine(x); err != nil {
		return err
	}
	if err := r.service.EraseUpload(x.Context(), x.By, x.Form().Get("upload")); err != nil {
		return err
	}
	return x.Redirect("/prepare/"+x.Path("dataset"), "prepare.upload.erased")
}
