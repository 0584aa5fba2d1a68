def test_x(page_of):
    p=page_of('/en/','official'); print(p.text); assert p.status==200
    print(page_of('/en/vendors','administrator').text)
def test_b(live, page):
    page.goto(live+'/en/shortfalls/AMM-01'); assert 'fit' in page.content()
def test_c(own_live, page):
    page.goto(own_live+'/en/shortfalls/AMM-01'); assert 'fit' in page.content()
