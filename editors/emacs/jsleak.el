;;; jsleak.el --- eglot settings for jsleak -*- lexical-binding: t -*-

;;; Commentary:

;; Load this file, or copy what you need into your init file, then M-x eglot in a JavaScript buffer.

;;; Code:

(defvar eglot-server-programs)

(defun jsleak-command (&rest _)
  "The server's command line: that of the project's .venv, else that of PATH."
  (let* ((root (locate-dominating-file default-directory ".venv"))
         (own (and root (expand-file-name ".venv/bin/jsleak" root))))
    (list (if (and own (file-executable-p own)) own "jsleak") "lsp")))

;; eglot has one server for each buffer: this one takes the place of typescript-language-server.
(with-eval-after-load 'eglot
  (add-to-list 'eglot-server-programs '((js-mode js-ts-mode js2-mode rjsx-mode typescript-mode typescript-ts-mode tsx-ts-mode) . jsleak-command)))

;; Settings go by project, into its .dir-locals.el:
;;
;;   ((nil . ((eglot-workspace-configuration . (:jsleak (:ignore ["object-held-value"]))))))

(provide 'jsleak)

;;; jsleak.el ends here
